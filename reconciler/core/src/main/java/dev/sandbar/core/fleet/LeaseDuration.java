package dev.sandbar.core.fleet;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How often devices say that they are there. The larger the fleet, the rarer: a server that is kept
 * busy by heartbeats has no time for work.
 */
public final class LeaseDuration {
  private static final List<Integer> STEPS = List.of(10, 20, 30, 60, 120, 200, 300);
  private static final int PER_SECOND = 40;
  private static final int MISSED = 3;
  private static final double ROUNDING = 1e-6;

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

  /**
   * How large a fleet would be, for each namespace, in which its devices renew as often as they may
   * here. What the server takes is shared: a namespace with few devices is as fast as if it were
   * alone, and what it leaves over is for the others.
   *
   * @param devices that renew, by namespace
   */
  public static SortedMap<String, Integer> sizes(Map<String, Integer> devices) {
    var sizes = new TreeMap<String, Integer>();
    double left = (double) PER_SECOND * STEPS.getFirst();
    int others = devices.size();
    List<Map.Entry<String, Integer>> smallestFirst =
        devices.entrySet().stream()
            .sorted(
                Map.Entry.<String, Integer>comparingByValue()
                    .thenComparing(Map.Entry.comparingByKey()))
            .toList();
    for (Map.Entry<String, Integer> namespace : smallestFirst) {
      double share = Math.min(namespace.getValue(), left / others);
      double all = (double) PER_SECOND * STEPS.getFirst();
      sizes.put(
          namespace.getKey(),
          share > 0 ? (int) Math.ceil(namespace.getValue() / share * all - ROUNDING) : 0);
      left -= share;
      others--;
    }
    return Collections.unmodifiableSortedMap(sizes);
  }
}
