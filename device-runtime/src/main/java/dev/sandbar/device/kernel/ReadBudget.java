package dev.sandbar.device.kernel;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What one look at a device may cost, whatever its apps do. Each app has a share of its own, so
 * that one with thousands of processes takes nothing from the others.
 */
public final class ReadBudget {

  private static final Duration UNIT = Duration.ofMillis(250);
  private static final Duration ALL = Duration.ofSeconds(5);

  /** Enough for an app to be recognised, when the whole is spent. */
  private static final Duration LEAST = Duration.ofMillis(5);

  private static final int PAUSES = 20;
  private static final long PAUSE_MILLIS = 10;

  private final LongSupplier nanos;
  private long left = ALL.toNanos();
  private long begun;
  private int pauses = PAUSES;

  /** A whole one. */
  public ReadBudget() {
    this(System::nanoTime);
  }

  ReadBudget(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** A unit begins: when it has to end. */
  long endOfUnit() {
    begun = nanos.getAsLong();
    return begun + Math.max(LEAST.toNanos(), Math.min(UNIT.toNanos(), left));
  }

  boolean isOver(long end) {
    return nanos.getAsLong() - end >= 0;
  }

  /** The unit is done. */
  void spent() {
    left -= nanos.getAsLong() - begun;
  }

  /** Waits a moment; false if that was done too often. */
  boolean pause() {
    if (pauses == 0) {
      return false;
    }
    pauses--;
    try {
      Thread.sleep(PAUSE_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
