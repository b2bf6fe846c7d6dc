package dev.sandbar.device.testing;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a condition that nothing signals. */
public final class Eventually {

  private Eventually() {}

  /** Fails if the condition is not true within ten seconds. */
  public static void eventually(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited 10 s in vain: " + what);
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }
  }
}
