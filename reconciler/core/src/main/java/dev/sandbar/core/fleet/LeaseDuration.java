package dev.sandbar.core.fleet;

import java.util.List;

/**
 * How often devices say that they are there. The larger the fleet, the rarer: a server that is kept
 * busy by heartbeats has no time for work.
 */
public final class LeaseDuration {
  private static final List<Integer> STEPS = List.of(10, 20, 30, 60, 120, 200, 300);
  private static final int PER_SECOND = 40;
  private static final int MISSED = 3;

  /** The longest that a device of any fleet can be silent, unless its link is metered. */
  public static final int MAX_LEASE_SECONDS = MISSED * STEPS.getLast();

  /**
   * What the Lease of a device says whose owner pays for each byte: a heartbeat every 30 minutes.
   */
  public static final int METERED_LEASE_SECONDS = MISSED * 1_800;

  private LeaseDuration() {}

  /**
   * Whether a Lease is one of a metered link: an operator never makes one that long, so its device
   * did.
   */
  public static boolean metered(int seconds) {
    return seconds > MAX_LEASE_SECONDS;
  }

  /** Seconds of silence after which its device counts as unreachable, whatever the Lease says. */
  public static int believed(int seconds) {
    return Math.min(seconds, METERED_LEASE_SECONDS);
  }

  /** Seconds between two heartbeats of a device in a fleet of so many. */
  public static int interval(int devices) {
    int wanted = (devices + PER_SECOND - 1) / PER_SECOND;
    return STEPS.stream().filter(step -> step >= wanted).findFirst().orElse(STEPS.getLast());
  }

  /** Seconds of silence after which a device counts as unreachable. */
  public static int leaseSeconds(int devices) {
    return MISSED * interval(devices);
  }

  /**
   * The same, without going back and forth when single devices come and go.
   *
   * @param current seconds now; 0 if not set yet
   */
  public static int leaseSeconds(int devices, int current) {
    int wanted = leaseSeconds(devices);
    return wanted >= current ? wanted : Math.min(current, leaseSeconds(devices + devices / 4));
  }
}
