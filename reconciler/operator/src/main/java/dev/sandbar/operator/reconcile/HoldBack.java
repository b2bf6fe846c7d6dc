package dev.sandbar.operator.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Holds back for a while what a status would say of a device that is on its way: a device enrols,
 * or follows a change, in less time than that, and written at each of its steps the statuses of a
 * fleet would cost more than all the rest.
 *
 * <ol>
 *   <li>A ready device that is busy with a change: 5 s.
 *   <li>Any other that is not ready yet: 2 s, so that a person sees what it waits for.
 *   <li>Both while more than 50 are held back, as when a fleet enrols or changes at once: 10 s.
 * </ol>
 */
final class HoldBack {
  static final Duration BUSY = Duration.ofSeconds(5);
  static final Duration COMING = Duration.ofSeconds(2);
  static final Duration CROWDED = Duration.ofSeconds(10);
  static final int CROWD = 50;

  /** Since when something has been held back. */
  private final Map<Key, Instant> since = new ConcurrentHashMap<>();

  /** What a new status would say. */
  enum News {
    /** What a person wants to know at once. */
    FINAL,
    /** A ready device is busy. */
    BUSY,
    /** A device that is not ready, and that nothing keeps from becoming so. */
    COMING
  }

  /** How long it is held back from now on; zero if it is to be written now. */
  Duration left(Key device, News news, Instant now) {
    boolean crowded = since.size() > CROWD;
    Duration most =
        switch (news) {
          case FINAL -> Duration.ZERO;
          case BUSY -> crowded ? CROWDED : BUSY;
          case COMING -> crowded ? CROWDED : COMING;
        };
    if (most.isPositive()) {
      Duration left = most.minus(Duration.between(since.computeIfAbsent(device, _ -> now), now));
      // A clock that was set back must not hold it longer.
      if (left.isPositive() && left.compareTo(most) <= 0) {
        return left;
      }
    }
    over(device);
    return Duration.ZERO;
  }

  /** Nothing is held back of this device any more. */
  void over(Key device) {
    since.remove(device);
  }
}
