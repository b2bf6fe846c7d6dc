package dev.sandbar.device.broker;

import dev.sandbar.core.model.AppName;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A thread that answers requests one after the other, of each app no more than there may be. */
final class BrokerWorker {

  /** Requests that wait for the one that is being answered. */
  private static final int MOST_WAITING = 32;

  /** Requests of an app: ten at once, then one in six seconds. */
  private static final int AT_ONCE = 10;

  private static final Duration EACH = Duration.ofSeconds(6);

  private final ThreadPoolExecutor executor;

  /** Of the thread. */
  private final Map<AppName, RequestRate> rates = new HashMap<>();

  /**
   * @param name of the thread
   */
  BrokerWorker(String name) {
    this.executor =
        new ThreadPoolExecutor(
            0,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().daemon().name(name).factory());
  }

  /** Has it run after what waits; false if too much does, or the agent ends. For any thread. */
  boolean submit(Runnable task) {
    try {
      executor.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /**
   * How long an app is to wait before its next request; zero if this one is to be answered. For the
   * thread.
   *
   * @param apps that may ask for something
   */
  Duration take(AppName app, Set<AppName> apps) {
    rates.keySet().retainAll(apps);
    RequestRate rate = rates.computeIfAbsent(app, _ -> new RequestRate(AT_ONCE, EACH));
    long now = System.nanoTime();
    return rate.take(now) ? Duration.ZERO : Duration.ofNanos(rate.until(now));
  }

  /**
   * Ends when what waits is answered.
   *
   * @return whether that was within the time
   */
  boolean end(Duration within) throws InterruptedException {
    executor.shutdown();
    return executor.awaitTermination(within.toSeconds(), TimeUnit.SECONDS);
  }
}
