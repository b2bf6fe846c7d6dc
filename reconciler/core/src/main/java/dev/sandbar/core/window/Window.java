package dev.sandbar.core.window;

import java.time.Duration;

/**
 * A time in which something may happen.
 *
 * @param at when it opens
 * @param length how long it is open, by a clock that nobody sets
 */
public record Window(CronTimes at, Duration length) {

  /** The shortest. */
  public static final Duration LEAST = Duration.ofMinutes(1);

  /** The longest. */
  public static final Duration MOST = Duration.ofDays(7);
}
