package dev.sandbar.core.fleet;

import java.util.EnumMap;
import java.util.Map;

/** Counts how many were found to stand so. */
final class Tally {

  /** How a device or an app can stand; several at once. */
  enum Standing {
    DESIRED,
    OBSERVED,
    UPDATED,
    READY,
    DRIFTED,
    UNREACHABLE,
    DEGRADED,
    SUSPENDED,
    /** Suspended, reachable and not ready. */
    PAUSED,
    /** Reachable, and its newest version waits for its time or its release. */
    WAITING,
    CANNOT_ENFORCE,
    /** Has never reported, which is not to have stopped. */
    NEVER_REPORTED,
    /** The previous version runs since the new one failed. */
    ROLLED_BACK,
    /** No longer selected, and still with the app. */
    WITHDRAWN
  }

  private final Map<Standing, Integer> counts = new EnumMap<>(Standing.class);

  void add(Standing standing) {
    counts.merge(standing, 1, Integer::sum);
  }

  int of(Standing standing) {
    return counts.getOrDefault(standing, 0);
  }

  boolean any(Standing standing) {
    return of(standing) > 0;
  }
}
