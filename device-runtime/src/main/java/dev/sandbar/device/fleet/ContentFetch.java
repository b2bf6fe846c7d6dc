package dev.sandbar.device.fleet;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.KeptFiles;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeObject;
import dev.sandbar.device.store.ContentStore;
import dev.sandbar.device.store.OutOfMemory;
import dev.sandbar.report.OneLine;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the contents of files of which the bundle has only the digest, on a thread of its own: a
 * bundle waits for them once, so that its apps do not fail for want of a file that is on its way.
 * If the server does not give them, the bundle counts without, and they are asked for again later.
 */
public final class ContentFetch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ContentFetch.class);
  private static final Duration IDLE = Duration.ofDays(1);

  private final FleetApi api;
  private final FleetAddress address;
  private final ContentStore store;
  private final Backoff backoff;
  private final LongUnaryOperator jitter;
  private final Runnable tried;
  private volatile @Nullable BundleCopy newest;

  /** The bundle that was gone through last, whether all is here or not. */
  private volatile @Nullable BundleCopy done;

  private final Pause pause = new Pause();
  private final Thread thread;

  /**
   * Waits for bundles.
   *
   * @param jitter draws a number from 0 (inclusive) to its argument (exclusive)
   * @param tried called when a bundle need not be waited for any longer, and when more has come
   */
  public ContentFetch(
      FleetApi api,
      FleetAddress address,
      ContentStore store,
      Backoff backoff,
      LongUnaryOperator jitter,
      Runnable tried) {
    this.api = api;
    this.address = address;
    this.store = store;
    this.backoff = backoff;
    this.jitter = jitter;
    this.tried = tried;
    this.thread = Thread.ofVirtual().name("content").start(this::run);
  }

  /**
   * Whether the bundle need not be waited for: it names nothing, or what it names was asked for.
   * Begins to ask if it was not.
   */
  public boolean settled(BundleCopy copy) {
    if (copy.equals(done)) {
      return true;
    }
    if (hand(copy) && named(copy).isEmpty()) {
      done = copy;
    }
    return copy.equals(done);
  }

  /** Both at once, as in {@link #next}: else the thread would go through the same bundle twice. */
  private synchronized boolean hand(BundleCopy copy) {
    boolean other = !copy.equals(newest);
    if (other) {
      newest = copy;
      pause.end();
    }
    return other;
  }

  private synchronized @Nullable BundleCopy next() {
    pause.forget();
    return newest;
  }

  /** What it names, by the objects that have it. */
  private static Map<String, Set<FileContent.Kept>> named(BundleCopy copy) {
    return copy.reading().bundle().entries().values().stream()
        .flatMap(entry -> KeptFiles.named(entry.spec()).stream())
        .filter(it -> !it.object().isEmpty() && it.bytes() > 0)
        .collect(Collectors.groupingBy(FileContent.Kept::object, Collectors.toSet()));
  }

  private void run() {
    int failures = 0;
    try {
      while (true) {
        BundleCopy copy = next();
        if (copy == null) {
          pause.await(IDLE);
          continue;
        }
        Map<String, Set<FileContent.Kept>> named = named(copy);
        store.expect(
            named.values().stream()
                .flatMap(Set::stream)
                .map(FileContent.Kept::digest)
                .collect(Collectors.toSet()));
        boolean first = !copy.equals(done);
        int got = 0;
        int missing = 0;
        Got last = Got.HERE;
        for (Set<FileContent.Kept> wanted : named.values()) {
          // All changes of the device wait for the first attempt, so that one ends soon. Later ones
          // go on: one content that a slow link never brings must not keep others away.
          boolean silent = first && last == Got.NO_ANSWER;
          if (silent || !copy.equals(newest)) {
            break;
          }
          if (!has(wanted)) {
            last = get(wanted);
            got += last == Got.HERE ? 1 : 0;
            missing += has(wanted) ? 0 : 1;
          }
        }
        done = copy;
        if (first || got > 0) {
          tried.run();
        }
        failures = missing > 0 ? failures + 1 : 0;
        pause.await(missing > 0 ? backoff.after(failures, jitter) : IDLE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What became of a request. */
  private enum Got {
    HERE,
    NOT_HERE,
    NO_ANSWER
  }

  private boolean has(Set<FileContent.Kept> wanted) {
    return wanted.stream().allMatch(store::has);
  }

  /**
   * Gets an object, of which only one of the contents that it is wanted for can be right.
   *
   * @return whether it is one of them
   */
  private Got get(Set<FileContent.Kept> wanted) throws InterruptedException {
    String object = wanted.iterator().next().object();
    try {
      switch (api.get(address.content(object))) {
        case ApiAnswer.Success(var answer) -> {
          Optional<byte[]> content =
              Json.text(KubeObject.read(answer).spec(), "data").flatMap(ContentFetch::decoded);
          Optional<FileContent.Kept> right =
              content.flatMap(it -> wanted.stream().filter(kept -> isRight(it, kept)).findFirst());
          if (right.isPresent()) {
            store.keep(right.get().digest(), content.orElseThrow());
            LOG.info("content={} action=fetch bytes={}", object, right.get().bytes());
            return Got.HERE;
          }
          FileContent.Kept first = wanted.iterator().next();
          LOG.warn(
              "content={} action=fetch it is not what the bundle says: {} bytes, sha256 {}",
              object,
              first.bytes(),
              first.digest().abbreviated());
        }
        case ApiAnswer.Failure failure -> {
          LOG.warn("content={} action=fetch {}", object, failure.problem());
          return failure instanceof ApiAnswer.Unreachable ? Got.NO_ANSWER : Got.NOT_HERE;
        }
      }
    } catch (IOException e) {
      LOG.warn("content={} action=fetch not on disk: {}", object, OneLine.of(e));
    } catch (OutOfMemoryError e) {
      LOG.warn("content={} action=fetch {}", object, OutOfMemory.tooLarge("the content"));
    }
    return Got.NOT_HERE;
  }

  private static boolean isRight(byte[] content, FileContent.Kept kept) {
    return content.length == kept.bytes() && Sha256.of(content).equals(kept.digest());
  }

  private static Optional<byte[]> decoded(String text) {
    try {
      return Optional.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
