package dev.sandbar.core.report;

import dev.sandbar.core.compile.AppTimer;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.property.Raw;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * When an app with a schedule has run and will, as systemd says it (org.freedesktop.systemd1(5),
 * Timer Unit Objects).
 */
public final class Runs {

  private static final String NEXT = "NextElapseUSecRealtime";
  private static final String LAST = "LastTriggerUSec";

  /** Of this boot; the other outlasts a boot. */
  private static final String TRIGGERED = "LastTriggerUSecMonotonic";

  /** Since when the timer is up, or a unit that runs. */
  private static final String UP = "ActiveEnterTimestampMonotonic";

  private static final String BEGUN = "InactiveExitTimestampMonotonic";
  private static final String ENDED = "InactiveEnterTimestampMonotonic";
  private static final long MICROS = 1_000_000;

  private Runs() {}

  /** What systemd has to be asked. */
  public static List<String> properties() {
    return List.of(NEXT, LAST, TRIGGERED, UP, BEGUN, ENDED);
  }

  /** Whether an app does not run now, and a timer that is up will start it. */
  public static boolean waits(CompiledApp app, Observation seen) {
    return isDown(seen.unit(app.unit()))
        && app.timers().stream().anyMatch(timer -> isUp(seen.unit(timer.unit())));
  }

  /**
   * The health of an app with a timer between two runs: also while the next one is about to begin,
   * and while the last one that succeeded is about to end. Empty of any other.
   */
  public static Optional<Health> of(CompiledApp app, Observation seen) {
    ObservedUnit unit = seen.unit(app.unit());
    Loaded loaded = unit.loaded();
    return app.timers().stream()
        .findFirst()
        .filter(_ -> loaded.activeState().equals("inactive") || isEndingWell(loaded))
        .map(timer -> loaded.changing() ? new Health.Starting() : between(timer, unit, seen));
  }

  private static boolean isEndingWell(Loaded loaded) {
    return loaded.activeState().equals("deactivating")
        && loaded.result().equals("success")
        && !loaded.changing();
  }

  private static boolean isDown(ObservedUnit unit) {
    return unit.loaded().activeState().equals("inactive") && !unit.loaded().changing();
  }

  private static boolean isUp(ObservedUnit timer) {
    return timer.loaded().activeState().equals("active");
  }

  private static Health between(AppTimer timer, ObservedUnit unit, Observation seen) {
    ObservedUnit clock = seen.unit(timer.unit());
    if (!isUp(clock)) {
      return new Health.Unhealthy("its timer is not running");
    }
    long triggered = number(clock, TRIGGERED);
    // What ran at that time is not started once more, and what another version was to run is ended
    // with its timer.
    if (triggered > number(clock, UP)
        && triggered > number(unit, BEGUN)
        && triggered > number(unit, ENDED)) {
      return new Health.Unhealthy(
          "it was to run at %s and did not start: something that it needs was not there"
              .formatted(time(number(clock, LAST))));
    }
    String next = "next run " + time(number(clock, NEXT));
    return new Health.Scheduled(
        number(clock, LAST) == 0
            ? next
            : "last run %s, %s".formatted(time(number(clock, LAST)), next));
  }

  private static String time(long micros) {
    return micros <= 0 ? "at no time" : Instant.ofEpochSecond(micros / MICROS).toString();
  }

  private static long number(ObservedUnit unit, String property) {
    return unit.properties().get(property) instanceof Raw.Int(long bits) ? bits : 0;
  }
}
