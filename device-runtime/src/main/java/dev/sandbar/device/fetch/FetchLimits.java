package dev.sandbar.device.fetch;

import java.time.Duration;

/**
 * How long a server is waited for.
 *
 * @param answer until a connection stands, and again until an answer begins
 * @param silence between two pieces of an answer
 * @param whole for one attempt at an image; what has arrived by then is kept for the next
 */
record FetchLimits(Duration answer, Duration silence, Duration whole) {

  /**
   * What holds on devices: longer than any pause of a mobile network that is worth waiting for, and
   * less in all than a step of a plan may take.
   */
  static final FetchLimits DEFAULT =
      new FetchLimits(Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofMinutes(25));
}
