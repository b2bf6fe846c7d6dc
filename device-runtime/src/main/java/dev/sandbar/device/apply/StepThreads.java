package dev.sandbar.device.apply;

import dev.sandbar.device.fetch.FairTasks;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads for long steps of one kind, so that those of another kind never wait for them. A thread
 * that hangs in the kernel cannot be ended: another one takes its place, but not without end.
 */
final class StepThreads {
  private static final Logger LOG = LoggerFactory.getLogger(StepThreads.class);

  /** As many steps go on at a time. */
  static final int PLACES = 2;

  /** As many hung threads are replaced. */
  static final int MOST_REPLACED = 8;

  private final String name;
  private final ThreadPoolExecutor threads;
  private final FairTasks tasks;
  private int hung;

  StepThreads(String name) {
    this.name = name;
    this.threads =
        new ThreadPoolExecutor(
            PLACES,
            PLACES + MOST_REPLACED,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name(name + "-", 0).factory());
    this.tasks = new FairTasks(threads, threads::remove);
  }

  /**
   * Has it done.
   *
   * @param keys what it takes up, of which each is for one step at a time
   */
  void execute(Set<?> keys, Runnable step) {
    tasks.execute(keys, step);
  }

  /** Takes out a step that has not begun; false if it has. */
  boolean withdraw(Runnable step) {
    return tasks.withdraw(step);
  }

  /** The step is given up: others that take up the same need not wait for its end. */
  void release(Runnable step) {
    tasks.release(step);
  }

  /** So many are given up and have not ended. */
  void hung(int count) {
    hung = count;
    threads.setCorePoolSize(PLACES + Math.min(count, MOST_REPLACED));
  }

  /** Whether no thread is left that could begin with anything. */
  boolean isExhausted() {
    return hung >= PLACES + MOST_REPLACED;
  }

  void stop() {
    threads.shutdownNow();
  }

  /** Waits until what was stopped has ended, but not for what hangs. */
  void awaitEnd(long seconds) {
    try {
      if (!threads.awaitTermination(seconds, TimeUnit.SECONDS)) {
        LOG.warn(
            "threads={} action=stop outcome=failed they have not ended in {} s", name, seconds);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
