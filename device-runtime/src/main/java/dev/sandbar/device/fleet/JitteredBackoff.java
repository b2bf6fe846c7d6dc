package dev.sandbar.device.fleet;

import dev.sandbar.core.report.Backoff;
import java.time.Duration;
import java.util.function.LongUnaryOperator;

/**
 * How long to wait before the next try: anything up to a bound that grows with each failure (full
 * jitter, so that a fleet does not come back as one), and never less than the server asks for.
 */
final class JitteredBackoff {
  private final Backoff backoff;
  private final LongUnaryOperator jitter;
  private int failures;

  /**
   * After no failure.
   *
   * @param jitter draws a number from 0 (inclusive) to its argument (exclusive)
   */
  JitteredBackoff(Backoff backoff, LongUnaryOperator jitter) {
    this.backoff = backoff;
    this.jitter = jitter;
  }

  void success() {
    failures = 0;
  }

  /** After one more failure. */
  Duration failure(Duration retryAfter) {
    failures++;
    long bound = Math.max(1, backoff.after(failures).toMillis());
    // A retry in the same moment would only find the same.
    long least = Math.min(100, bound - 1);
    return Duration.ofMillis(least + jitter.applyAsLong(bound - least)).plus(retryAfter);
  }
}
