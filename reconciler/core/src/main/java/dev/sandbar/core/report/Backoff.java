package dev.sandbar.core.report;

import java.time.Duration;
import java.util.function.LongUnaryOperator;

/**
 * How long to wait after so many attempts.
 *
 * @param first after the first attempt
 * @param factor how many times longer after each further one
 * @param most never longer than this
 */
public record Backoff(Duration first, int factor, Duration most) {

  /** 2 s, 6 s, 18 s, 54 s, 162 s, then 300 s. */
  public static final Backoff STANDARD =
      new Backoff(Duration.ofSeconds(2), 3, Duration.ofSeconds(300));

  /**
   * The wait.
   *
   * @param attempts made so far; nothing to wait for if there was none
   */
  public Duration after(int attempts) {
    if (attempts <= 0) {
      return Duration.ZERO;
    }
    Duration wait = first;
    for (int i = 1; i < attempts && wait.compareTo(most) < 0; i++) {
      wait = wait.multipliedBy(factor);
    }
    return wait.compareTo(most) < 0 ? wait : most;
  }

  /**
   * The wait and up to a quarter of it, so that those who failed together do not come back as one.
   *
   * @param jitter draws a number from 0 (inclusive) to its argument (exclusive)
   */
  public Duration jittered(int attempts, LongUnaryOperator jitter) {
    Duration wait = after(attempts);
    return wait.plusMillis(jitter.applyAsLong(Math.max(1, wait.toMillis() / 4)));
  }
}
