package dev.sandbar.vdev;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition that the kernel or a process brings about and does not signal. */
final class Polling {
  private static final long STEP_MILLIS = 5;

  private Polling() {}

  /** Returns whether the condition came true in time. */
  static boolean until(Duration timeout, BooleanSupplier condition) {
    long end = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      pause();
    }
    return true;
  }

  static <T> T value(Duration timeout, Supplier<Optional<T>> source, String what) {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      Optional<T> found = source.get();
      if (found.isPresent()) {
        return found.get();
      }
      if (System.nanoTime() > end) {
        throw new VirtualDeviceException(
            "waited %d ms in vain for %s".formatted(timeout.toMillis(), what));
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(STEP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VirtualDeviceException("interrupted while waiting", e);
    }
  }
}
