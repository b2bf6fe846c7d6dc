package dev.sandbar.apiserver;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a condition that a process brings about and does not signal. */
final class Await {
  private static final long STEP_MILLIS = 20;

  private Await() {}

  /** Returns whether the condition came true in time. */
  static boolean until(Duration timeout, BooleanSupplier condition) {
    long end = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      try {
        Thread.sleep(STEP_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ApiServerException("interrupted while waiting", e);
      }
    }
    return true;
  }
}
