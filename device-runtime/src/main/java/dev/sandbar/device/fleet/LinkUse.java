package dev.sandbar.device.fleet;

import dev.sandbar.core.fleet.LeaseDuration;
import java.time.Duration;

/**
 * How much a device that has nothing to say uses its link.
 *
 * @param leaseSeconds of the Lease that the device asks for; 0 to leave that to the operator
 * @param confirm how long after asking the device looks whether the operator lets that stand
 * @param watch how long a watch lasts at least; at most twice as long
 * @param bookmarks whether the server shall say each minute that the watch lives. Without them a
 *     connection that broke without a word is found by the next heartbeat, which uses it too
 */
public record LinkUse(int leaseSeconds, Duration confirm, Duration watch, boolean bookmarks) {

  /** As responsive as the size of the fleet allows. */
  public static final LinkUse USUAL = new LinkUse(0, Duration.ZERO, Duration.ofMinutes(5), true);

  /** Each byte costs. */
  public static final LinkUse METERED =
      new LinkUse(
          LeaseDuration.METERED_LEASE_SECONDS, Duration.ofMinutes(1), Duration.ofHours(1), false);

  /** What the owner of the device has chosen. */
  public static LinkUse of(boolean metered) {
    return metered ? METERED : USUAL;
  }

  boolean asksForLease() {
    return leaseSeconds > 0;
  }
}
