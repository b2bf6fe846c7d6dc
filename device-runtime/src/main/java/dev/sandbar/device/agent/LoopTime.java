package dev.sandbar.device.agent;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The time of the loop: as the clock shows it, and as steady as the monotonic clock between two
 * calls of {@link #follow}. A device without a clock of its own begins in the past and is set right
 * by years; by its clock alone every wait would end at once, or none before the old time is back.
 *
 * <p>For one thread.
 */
final class LoopTime {

  /** Less is what a clock is slewed by, or how long a thread was not let run. */
  private static final Duration TOLERANCE = Duration.ofSeconds(1);

  private final InstantSource clock;
  private final LongSupplier nanos;
  private Instant anchor;
  private long anchorNanos;

  /**
   * Begins as the clock shows.
   *
   * @param nanos monotonic, as {@link System#nanoTime}
   */
  LoopTime(InstantSource clock, LongSupplier nanos) {
    this.clock = clock;
    this.nanos = nanos;
    this.anchor = clock.instant();
    this.anchorNanos = nanos.getAsLong();
  }

  Instant now() {
    return anchor.plusNanos(nanos.getAsLong() - anchorNanos);
  }

  /**
   * Takes over what the clock shows.
   *
   * @return by how much it was set since the last time; zero if it was not. Whatever waits for a
   *     time has to be moved by that.
   */
  Duration follow() {
    Duration step = Duration.between(now(), clock.instant());
    if (step.abs().compareTo(TOLERANCE) < 0) {
      return Duration.ZERO;
    }
    anchor = now().plus(step);
    anchorNanos = nanos.getAsLong();
    return step;
  }
}
