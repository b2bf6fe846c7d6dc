package dev.sandbar.device.fetch;

import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.OutOfMemory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Judges images on threads of its own, for a registry takes its time and the loop looks after other
 * apps meanwhile. What is kept on the device is judged at once.
 *
 * <p>Safe for use by many threads.
 */
public final class SignatureChecks implements AutoCloseable {

  /** Verdicts that are remembered; a device has far fewer images. */
  private static final int MOST = 1000;

  private static final int THREADS = 2;

  /**
   * Where judging ends with an exception or an error. Without a verdict an app stays as it is, and
   * whoever can make Sandbar fail could keep an unsigned one running.
   */
  private static final SignatureVerdict FAULT =
      new SignatureVerdict.Bad(
          "its signature could not be checked because of an error in Sandbar",
          "look for the error in the journal: journalctl -u sandbard.service");

  private final ImageSignatures signatures;
  private final IntFunction<Duration> pause;
  private final Runnable ended;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS, Thread.ofPlatform().daemon().name("image-signature-", 1).factory());

  private final FairTasks tasks = new FairTasks(threads);

  private final Map<Asked, Entry> entries = new HashMap<>();

  private record Asked(ImageSource source, Sha256 image) {}

  private static final class Entry {
    private @Nullable SignatureVerdict verdict;
    private boolean running;
    private int attempts;
    private long ended;
  }

  /**
   * @param pause before an image is judged again that was refused, after so many attempts
   * @param ended called on another thread when a verdict is new
   */
  public SignatureChecks(ImageSignatures signatures, IntFunction<Duration> pause, Runnable ended) {
    this.signatures = signatures;
    this.pause = pause;
    this.ended = ended;
  }

  /**
   * What was found last; empty while nobody can say yet. A refused image is judged again now and
   * then: its signature may come after it.
   */
  public synchronized Optional<SignatureVerdict> verdict(ImageSource source, Sha256 image) {
    var asked = new Asked(source, image);
    Entry known = entries.get(asked);
    if (known == null
        || (known.verdict instanceof SignatureVerdict.Good && !signatures.isKept(source, image))) {
      if (entries.size() >= MOST) {
        entries.values().removeIf(entry -> !entry.running);
      }
      known = new Entry();
      known.verdict = signatures.offline(source, image).orElse(null);
      entries.put(asked, known);
    }
    if (isDue(known)) {
      begin(asked, known);
    }
    return Optional.ofNullable(known.verdict);
  }

  private boolean isDue(Entry entry) {
    if (entry.running) {
      return false;
    }
    return entry.verdict == null
        || (entry.verdict instanceof SignatureVerdict.Bad
            && System.nanoTime() - entry.ended > pause.apply(entry.attempts).toNanos());
  }

  private void begin(Asked asked, Entry entry) {
    entry.running = true;
    tasks.execute(
        ImageFetch.keys(asked.source(), asked.image()),
        () -> {
          SignatureVerdict verdict = FAULT;
          try {
            verdict = signatures.judge(asked.source(), asked.image());
          } catch (OutOfMemoryError e) {
            verdict = new SignatureVerdict.Bad(OutOfMemory.tooLarge("a signature"), "");
          } finally {
            take(entry, verdict);
          }
        });
  }

  private void take(Entry entry, SignatureVerdict verdict) {
    boolean news;
    synchronized (this) {
      entry.running = false;
      entry.attempts++;
      entry.ended = System.nanoTime();
      news = !verdict.equals(entry.verdict);
      entry.verdict = verdict;
    }
    if (news) {
      ended.run();
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
