package dev.sandbar.device.fleet;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A wait that another thread can end. By the monotonic clock: a device whose time is set right by a
 * day neither waits a day nor wakes at once.
 */
final class Pause {
  private final Semaphore ended = new Semaphore(0);

  /** Waits, unless it was ended since the last wait. */
  void await(Duration most) throws InterruptedException {
    boolean _ = ended.tryAcquire(most.toNanos(), TimeUnit.NANOSECONDS);
    ended.drainPermits();
  }

  /** What ended it so far does not end the next wait. */
  void forget() {
    int _ = ended.drainPermits();
  }

  void end() {
    if (ended.availablePermits() == 0) {
      ended.release();
    }
  }
}
