package dev.sandbar.operator.reconcile;

import io.javaoperatorsdk.operator.processing.event.rate.RateLimiter;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * So many reconciles of an object in a period. The SDK's own limiter reads the wall clock: set back
 * by an hour, nothing would be reconciled for an hour.
 *
 * @param nanos of a steady clock
 */
record SteadyRateLimiter(Duration period, int most, LongSupplier nanos)
    implements RateLimiter<SteadyRateLimiter.Used> {

  /** What an object has used of the period that began then. */
  static final class Used implements RateLimiter.RateLimitState {
    private long began;
    private int count;
  }

  @Override
  public Used initState() {
    return new Used();
  }

  @Override
  public Optional<Duration> isLimited(RateLimiter.RateLimitState state) {
    var used = (Used) state;
    long now = nanos.getAsLong();
    long left = period.toNanos() - (now - used.began);
    if (used.count == 0 || left <= 0) {
      used.began = now;
      used.count = 0;
    } else if (used.count >= most) {
      return Optional.of(Duration.ofNanos(left));
    }
    used.count++;
    return Optional.empty();
  }
}
