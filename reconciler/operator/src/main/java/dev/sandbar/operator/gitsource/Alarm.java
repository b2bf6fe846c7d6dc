package dev.sandbar.operator.gitsource;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Wakes one thread, at a time or when something has happened. */
final class Alarm {
  private static final Duration LONGEST = Duration.ofHours(1);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition rung = lock.newCondition();
  private final Clock clock;
  private final TreeSet<String> touched = new TreeSet<>();
  private boolean woken;
  private boolean look;

  Alarm(Clock clock) {
    this.clock = clock;
  }

  /**
   * Why the thread was woken.
   *
   * @param look somebody asks to look at the repository now
   * @param touched apps that have changed
   */
  record Rung(boolean look, SortedSet<String> touched) {}

  /** Something has changed; the thread finds out what. */
  void wake() {
    signal(() -> woken = true);
  }

  void look() {
    signal(() -> look = true);
  }

  void touch(String app) {
    signal(() -> touched.add(app));
  }

  private void signal(Runnable change) {
    lock.lock();
    try {
      change.run();
      rung.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for any of it, at most until the time. */
  Rung await(Instant until) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!woken && !look && touched.isEmpty()) {
        Instant now = clock.instant();
        if (!until.isAfter(now)) {
          break;
        }
        Instant bound = now.plus(LONGEST);
        Duration left = Duration.between(now, until.isBefore(bound) ? until : bound);
        if (!rung.await(left.toNanos(), TimeUnit.NANOSECONDS)) {
          break;
        }
      }
      var result = new Rung(look, new TreeSet<>(touched));
      woken = false;
      look = false;
      touched.clear();
      return result;
    } finally {
      lock.unlock();
    }
  }
}
