package dev.sandbar.core.report;

import java.time.Duration;
import java.util.function.LongUnaryOperator;

/**
 * How long to wait after so many attempts: the one policy of everything that tries again.
 *
 * @param first after the first attempt
 * @param factor how many times longer after each further one
 * @param most never longer than this
 * @param spread percent of a wait that chance may take off, so that those who failed together do
 *     not come back as one
 */
public record Backoff(Duration first, int factor, Duration most, int spread) {

  /** 2 s, 6 s, 18 s, 54 s, 162 s, then 300 s. */
  public static final Backoff STANDARD =
      new Backoff(Duration.ofSeconds(2), 3, Duration.ofSeconds(300));

  /** A retry in the same moment would only find the same. */
  private static final long LEAST_MILLIS = 100;

  /** Of which chance takes a quarter at most. */
  public Backoff(Duration first, int factor, Duration most) {
    this(first, factor, most, 25);
  }

  /**
   * The wait, without chance.
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
   * The wait as chance has it.
   *
   * @param random draws a number from 0 (inclusive) to its argument (exclusive)
   */
  public Duration after(int attempts, LongUnaryOperator random) {
    long wait = after(attempts).toMillis();
    long least = Math.max(wait * (100 - spread) / 100, Math.min(LEAST_MILLIS, wait));
    return Duration.ofMillis(wait - random.applyAsLong(wait - least + 1));
  }
}
