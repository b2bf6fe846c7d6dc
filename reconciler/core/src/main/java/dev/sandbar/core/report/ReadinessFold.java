package dev.sandbar.core.report;

import dev.sandbar.core.model.HealthSpec;
import java.time.Duration;

/**
 * Folds the checks of one version of an app. On probation it has to be ready within its time, and
 * to stay so until it has settled; later it fails when so many checks in a row did. Times are of a
 * clock that nobody sets, in nanoseconds.
 *
 * @param settle how long it must stay ready before it counts as that
 * @param begun when the time on probation began
 * @param row how many checks in a row passed; below zero, how many failed; zero if nobody could ask
 * @param readySince when a row of checks that pass began
 * @param checks so far
 * @param proved whether probation is over
 */
public record ReadinessFold(
    HealthSpec health,
    Duration settle,
    long begun,
    int row,
    long readySince,
    int checks,
    boolean proved,
    Readiness readiness) {

  /** As many in a row as Kubernetes takes unless a probe says otherwise (failureThreshold). */
  public static final int FAILURES = 3;

  private static final Duration FIRST = Duration.ofSeconds(1);

  /** Between checks of a version on probation. */
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private static final int DOUBLINGS = 3;

  /**
   * Nothing was asked yet.
   *
   * @param settle for an app that does not say how long it has to stay up
   * @param proved whether the version has proved itself before
   */
  public static ReadinessFold begin(HealthSpec health, Duration settle, boolean proved, long now) {
    Duration own = health.settle().isZero() ? settle : health.settle();
    return new ReadinessFold(health, own, now, 0, now, 0, proved, new Readiness.Undecided(""));
  }

  /** This, after one more check. */
  public ReadinessFold after(CheckResult result, long now) {
    return proved ? later(result, now) : onProbation(result, now);
  }

  private ReadinessFold onProbation(CheckResult result, long now) {
    return switch (result) {
      case CheckResult.Passed _ -> {
        long since = row > 0 ? readySince : now;
        boolean over = now - since >= settle.toNanos();
        yield with(
            begun,
            Math.max(row, 0) + 1,
            since,
            over,
            over ? new Readiness.Ready() : new Readiness.Undecided(""));
      }
      case CheckResult.Failed(String why) ->
          with(
              begun,
              Math.min(row, 0) - 1,
              now,
              false,
              now - begun >= health.within().toNanos()
                  ? new Readiness.Failing(why)
                  : new Readiness.Undecided(why));
      // A time in which nobody can ask is none that it had.
      case CheckResult.Unasked(String why) ->
          with(now, 0, now, false, new Readiness.Undecided(why));
    };
  }

  private ReadinessFold later(CheckResult result, long now) {
    return switch (result) {
      case CheckResult.Passed _ ->
          with(begun, Math.max(row, 0) + 1, now, true, new Readiness.Ready());
      case CheckResult.Failed(String why) -> {
        int failed = Math.min(row, 0) - 1;
        yield with(
            begun, failed, now, true, -failed >= FAILURES ? new Readiness.Failing(why) : readiness);
      }
      case CheckResult.Unasked _ -> this;
    };
  }

  private ReadinessFold with(long start, int next, long since, boolean over, Readiness shown) {
    return new ReadinessFold(health, settle, start, next, since, checks + 1, over, shown);
  }

  /** How long until the next check. */
  public Duration pause(long now) {
    if (proved) {
      // Until the loop has taken note of it nothing more is asked than afterwards.
      return health.every().isZero() ? LONGEST : health.every();
    }
    Duration pause = FIRST.multipliedBy(1L << Math.min(checks, DOUBLINGS));
    Duration most = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
    return row > 0
        ? least(most, settle.minusNanos(now - readySince))
        : least(most, health.within().minusNanos(now - begun));
  }

  private static Duration least(Duration pause, Duration left) {
    if (left.compareTo(pause) >= 0) {
      return pause;
    }
    return left.compareTo(FIRST) < 0 ? FIRST : left;
  }
}
