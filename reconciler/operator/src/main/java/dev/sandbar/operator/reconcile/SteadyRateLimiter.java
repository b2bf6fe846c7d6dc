package dev.sandbar.operator.reconcile;

import io.javaoperatorsdk.operator.processing.event.rate.RateLimiter;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * So many reconciles of an object in a period; of one that uses up several periods one after the
 * other half as many in twice the time, again and again, until it leaves some over. The SDK's own
 * limiter reads the wall clock: set back by an hour, nothing would be reconciled for an hour.
 *
 * @param steps how often the pace is slowed down
 * @param nanos of a steady clock
 */
record SteadyRateLimiter(Duration period, int most, int steps, LongSupplier nanos)
    implements RateLimiter<SteadyRateLimiter.Used> {

  /** What an object has used of the period that began then. */
  static final class Used implements RateLimiter.RateLimitState {
    private long began;
    private int count;
    private int step;
    private boolean isUsedUp;
  }

  @Override
  public Used initState() {
    return new Used();
  }

  @Override
  public Optional<Duration> isLimited(RateLimiter.RateLimitState state) {
    var used = (Used) state;
    long now = nanos.getAsLong();
    long length = period.toNanos() << used.step;
    long left = length - (now - used.began);
    if (used.count == 0 || left <= 0) {
      used.step = used.count == 0 ? 0 : next(used, -left / length);
      used.isUsedUp = false;
      used.began = now;
      used.count = 0;
    } else if (used.count >= Math.max(1, most >> used.step)) {
      used.isUsedUp = true;
      return Optional.of(Duration.ofNanos(left));
    }
    used.count++;
    return Optional.empty();
  }

  /** One slower after a period that was used up, and one faster after each that was not. */
  private int next(Used used, long idle) {
    return used.isUsedUp && idle < 1
        ? Math.min(steps, used.step + 1)
        : (int) Math.max(0, used.step - 1 - idle);
  }
}
