package dev.sandbar.device.fetch;

import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.ImageStore.Stored;
import dev.sandbar.device.store.OutOfMemory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches images of updates that wait, so that they are there when the updates may be applied. It
 * has a thread of its own: an app whose update waits is looked after meanwhile.
 *
 * <p>Safe for use by many threads.
 */
public final class EarlyFetches implements AutoCloseable {

  /** Images that are remembered; a device has far fewer. */
  private static final int MOST = 1000;

  /** Of the places that all fetches have, one is left for apps that wait for nothing else. */
  private static final int THREADS = 1;

  private static final Logger LOG = LoggerFactory.getLogger(EarlyFetches.class);

  private final BiFunction<ImageSource.Remote, Sha256, Stored> fetch;
  private final IntFunction<Duration> pause;
  private final Runnable ended;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS, Thread.ofPlatform().daemon().name("early-fetch-", 1).factory());

  private final Map<Image, Entry> entries = new HashMap<>();

  private record Image(ImageSource.Remote source, Sha256 digest) {}

  private static final class Entry {
    private boolean running;
    private boolean wanted;
    private @Nullable FutureTask<?> attempt;
    private String problem = "";
    private int attempts;
    private long ended;
  }

  /** How it stands with an image that is to be there. */
  public sealed interface Progress {
    /** It is on its way. */
    record Underway() implements Progress {}

    /** The last attempt failed; there will be another. */
    record Failed(String message) implements Progress {}

    /** It has arrived. */
    record Arrived() implements Progress {}
  }

  /**
   * Fetches by this.
   *
   * @param fetch puts an image into the store
   * @param pause before the next attempt, after so many
   * @param ended called on another thread after each attempt
   */
  public EarlyFetches(
      BiFunction<ImageSource.Remote, Sha256, Stored> fetch,
      IntFunction<Duration> pause,
      Runnable ended) {
    this.fetch = fetch;
    this.pause = pause;
    this.ended = ended;
  }

  /**
   * Has the image fetched if it is missing; called in every round in which it may be. The fetch of
   * one of which nobody asks any more is ended ({@link #endUnwanted}).
   */
  public synchronized Progress want(ImageSource.Remote source, Sha256 digest) {
    var image = new Image(source, digest);
    if (!entries.containsKey(image) && entries.size() >= MOST) {
      entries.values().removeIf(entry -> !entry.running);
    }
    Entry entry = entries.computeIfAbsent(image, _ -> new Entry());
    entry.wanted = true;
    boolean due =
        entry.attempts == 0
            || System.nanoTime() - entry.ended > pause.apply(entry.attempts).toNanos();
    if (!entry.running && due) {
      entry.running = true;
      var attempt = new FutureTask<Boolean>(() -> attempt(image, entry), true);
      entry.attempt = attempt;
      threads.execute(attempt);
    }
    if (entry.running) {
      return new Progress.Underway();
    }
    return entry.problem.isEmpty() ? new Progress.Arrived() : new Progress.Failed(entry.problem);
  }

  /**
   * Ends fetches of images that nobody has asked for since this was called before: they would take
   * a place, and room on the disk, for a version that never comes.
   */
  public synchronized void endUnwanted() {
    entries
        .values()
        .removeIf(
            entry -> {
              boolean goes = entry.running && !entry.wanted;
              entry.wanted = false;
              FutureTask<?> attempt = entry.attempt;
              if (goes && attempt != null) {
                attempt.cancel(true);
              }
              return goes;
            });
  }

  private void attempt(Image image, Entry entry) {
    String problem = "the fetch ended with an error in Sandbar";
    try {
      problem =
          switch (fetch.apply(image.source(), image.digest())) {
            case Stored.Kept _ -> "";
            case Stored.Refused(var message) -> message;
          };
    } catch (OutOfMemoryError e) {
      problem = OutOfMemory.tooLarge("the image");
      LOG.error("image={} action=fetch {}", image.digest().hex(), problem);
    } finally {
      synchronized (this) {
        entry.running = false;
        entry.attempts++;
        entry.ended = System.nanoTime();
        entry.problem = problem;
      }
      ended.run();
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
