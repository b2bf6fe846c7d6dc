package dev.sandbar.device.fleet;

import dev.sandbar.core.fleet.LeaseDuration;
import java.time.Duration;
import java.util.function.LongUnaryOperator;

/**
 * How long the Lease of the device lasts, and so when the next heartbeat is due. The operator says
 * it; a device on a metered link asks for more, and follows the operator where that takes it back:
 * an operator that does not know such devices would call it unreachable.
 */
final class LeaseTerm {
  private static final long SHORTEST = 3;
  private static final long USUAL = 30;
  private static final Duration ASK_AGAIN = Duration.ofHours(1);

  private final LinkUse use;
  private final LongUnaryOperator jitter;

  /** Seconds that the next renewal asks for; 0 for none. */
  private long asks;

  /** For how long the operator has not let it stand. */
  private Duration refused = Duration.ZERO;

  LeaseTerm(LinkUse use, LongUnaryOperator jitter) {
    this.use = use;
    this.jitter = jitter;
    this.asks = use.leaseSeconds();
  }

  /** Seconds that the next renewal asks for; 0 for none. */
  long asks() {
    return asks;
  }

  /**
   * A renewal was answered.
   *
   * @param seconds that the Lease lasts by the answer
   * @return when to renew next
   */
  Duration answered(long seconds) {
    boolean asked = asks > 0;
    asks = 0;
    if (use.asksForLease()) {
      return asked ? spread(use.confirm().toMillis()) : granted(seconds);
    }
    if (seconds > LeaseDuration.MAX_LEASE_SECONDS) {
      // What this device asked for while its link was metered: the operator does not touch that.
      asks = LeaseDuration.MAX_LEASE_SECONDS;
      return third(SHORTEST);
    }
    return third(seconds);
  }

  private Duration granted(long seconds) {
    Duration wait = third(seconds);
    refused = seconds == use.leaseSeconds() ? Duration.ZERO : refused.plus(wait);
    if (refused.compareTo(ASK_AGAIN) >= 0) {
      refused = Duration.ZERO;
      asks = use.leaseSeconds();
    }
    return wait;
  }

  /** A third of the lease, a tenth more or less. */
  private Duration third(long seconds) {
    long lasts =
        seconds <= 0
            ? USUAL
            : Math.clamp(
                seconds, SHORTEST, Math.max(use.leaseSeconds(), LeaseDuration.MAX_LEASE_SECONDS));
    return spread(lasts * 1_000 / 3);
  }

  private Duration spread(long millis) {
    return Duration.ofMillis(millis - millis / 10 + jitter.applyAsLong(Math.max(1, millis / 5)));
  }
}
