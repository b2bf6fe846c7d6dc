package dev.sandbar.device.broker;

import java.time.Duration;

/**
 * How many there may be of something: some at once, and then one in each interval. For one thread.
 */
final class RequestRate {

  private final long interval;
  private final int most;

  /** When all that there may be at once would be there again, on {@link System#nanoTime}. */
  private long full;

  private boolean used;

  /**
   * @param most at once
   * @param interval after which there is one more
   */
  RequestRate(int most, Duration interval) {
    this.most = most;
    this.interval = interval.toNanos();
  }

  /** Takes one, if there is one. */
  boolean take(long now) {
    if (until(now) > 0) {
      return false;
    }
    full = (used && full - now > 0 ? full : now) + interval;
    used = true;
    return true;
  }

  /** Nanoseconds until there is one. */
  long until(long now) {
    return used ? Math.max(0, full - now - (most - 1) * interval) : 0;
  }
}
