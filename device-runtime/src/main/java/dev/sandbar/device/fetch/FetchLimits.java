package dev.sandbar.device.fetch;

import dev.sandbar.device.container.SquashfsPacker;
import java.time.Duration;

/**
 * How long a server is waited for.
 *
 * @param answer until a connection stands, and again until an answer begins
 * @param least bytes of an answer that have to come in each such time; a server that sends less
 *     keeps others from being asked
 * @param silence the time for that
 * @param whole for one attempt at an image; what has arrived by then is kept for the next
 * @param packing of what has arrived into a file system
 * @param names that the layers of a container may have in all
 */
record FetchLimits(
    Duration answer, int least, Duration silence, Duration whole, Duration packing, int names) {

  /**
   * What holds on devices: longer than any pause of a mobile network that is worth waiting for, and
   * less in all than a step of a plan may take.
   */
  static final FetchLimits DEFAULT =
      new FetchLimits(
          Duration.ofSeconds(30),
          16 * 1024,
          Duration.ofSeconds(60),
          Duration.ofMinutes(25),
          Duration.ofMinutes(4),
          SquashfsPacker.MOST_NAMES);

  /** What holds where somebody builds an image: there is more memory, and nothing else waits. */
  static final FetchLimits BUILDING =
      new FetchLimits(
          DEFAULT.answer,
          DEFAULT.least,
          DEFAULT.silence,
          Duration.ofHours(2),
          Duration.ofMinutes(30),
          1_000_000);
}
