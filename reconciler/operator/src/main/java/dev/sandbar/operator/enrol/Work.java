package dev.sandbar.operator.enrol;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.operator.publish.FairTurns;
import dev.sandbar.report.OneLine;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does one piece of work at a time, each key once however often it was asked for, and again later
 * if it failed. Kinds of work take turns: a right ends when it is taken away, not when others have
 * theirs, and a device that leaves, which makes such a piece with each of its reports, does not
 * hold up all that enrol or renew.
 */
final class Work implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Work.class);
  private static final Backoff RETRY =
      new Backoff(Duration.ofMillis(500), 2, Duration.ofSeconds(60));

  private final FairTurns turns = new FairTurns(1, 1);
  private final Map<String, Semaphore> asked = new HashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** Asks for it to be done, now if it waits for its retry; what it does is known by its key. */
  synchronized void add(String kind, String name, Runnable task) {
    String key = kind + "/" + name;
    asked
        .computeIfAbsent(
            key,
            _ -> {
              var again = new Semaphore(0);
              threads.execute(() -> run(kind, key, task, again));
              return again;
            })
        .release();
  }

  /** Does it in its turn, before this returns. */
  void once(String kind, Runnable task) throws InterruptedException {
    try (var _ = turns.take(kind)) {
      task.run();
    }
  }

  private void run(String kind, String key, Runnable task, Semaphore again) {
    try {
      int failures = 0;
      do {
        Duration pause = RETRY.after(failures, ThreadLocalRandom.current()::nextLong);
        boolean _ = failures > 0 && again.tryAcquire(pause.toNanos(), TimeUnit.NANOSECONDS);
        try (var _ = turns.take(kind)) {
          int _ = again.drainPermits();
          task.run();
          failures = 0;
        } catch (RuntimeException e) {
          failures++;
          LOG.warn("work={} failures={} failed={}", key, failures, OneLine.of(e));
        }
      } while (failures > 0 || isAskedAgain(key, again));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private synchronized boolean isAskedAgain(String key, Semaphore again) {
    if (again.availablePermits() > 0) {
      return true;
    }
    asked.remove(key);
    return false;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
