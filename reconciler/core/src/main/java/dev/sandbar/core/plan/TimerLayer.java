package dev.sandbar.core.plan;

import dev.sandbar.core.compile.AppTimer;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import java.util.ArrayList;
import java.util.List;

/**
 * What starts an app: the target of all apps, or a timer at its times. Of the timers that are there
 * the one of this version is up, and no other.
 */
final class TimerLayer {

  private static final String ENABLED = "enabled";

  private TimerLayer() {}

  static void compare(CompiledApp desired, Observation seen, List<Difference> out) {
    List<AppTimer> timers = desired.timers();
    for (AppTimer timer : timers) {
      file(desired, timer, seen.unit(timer.unit()), out);
      state(desired, timer.unit(), seen, out);
    }
    for (ObservedUnit other : seen.units().values()) {
      if (AppTimer.isOf(desired.spec().name(), other.name())
          && isUp(other)
          && timers.stream().noneMatch(it -> it.unit().equals(other.name()))) {
        differs(desired, other.name(), "ActiveState", "inactive", shown(other), Fix.STOP, out);
      }
    }
  }

  /** Whether it starts the app, now or after the next boot. */
  static boolean isUp(ObservedUnit timer) {
    return StateLayer.isUp(timer.loaded()) || timer.loaded().unitFileState().equals(ENABLED);
  }

  /** Whether something starts the unit itself at boot. */
  static boolean isEnabled(ObservedUnit unit) {
    return unit.loaded().unitFileState().startsWith(ENABLED);
  }

  private static String shown(ObservedUnit timer) {
    return StateLayer.isUp(timer.loaded())
        ? timer.loaded().activeState()
        : timer.loaded().unitFileState();
  }

  private static void file(
      CompiledApp desired, AppTimer timer, ObservedUnit observed, List<Difference> out) {
    var found = new ArrayList<Difference>();
    FileLayer.compare(timer.unit(), timer.text(), observed, found);
    ManagerLayer.compareLoading(timer.unit(), observed, found);
    for (Difference it : found) {
      Fix fix = SideUnitDrift.isCorrected(it.subject(), observed) ? Fix.FILE : Fix.OWNER;
      differs(
          desired, timer.unit(), it.subject().toString(), it.declared(), it.observed(), fix, out);
    }
  }

  private static void state(
      CompiledApp desired, UnitName timer, Observation seen, List<Difference> out) {
    Loaded loaded = seen.unit(timer).loaded();
    if (!StateLayer.isUp(loaded)) {
      differs(desired, timer, "ActiveState", "active", StateLayer.describe(loaded), Fix.START, out);
    }
    String own = seen.unit(desired.unit()).loaded().unitFileState();
    if (isEnabled(seen.unit(desired.unit()))) {
      // As a version without a schedule has left it: the target would start it at boot too.
      out.add(new Difference(desired.unit(), Subject.State.ENABLED, "by its timer alone", own));
    } else if (!loaded.unitFileState().equals(ENABLED)) {
      out.add(
          new Difference(
              desired.unit(),
              Subject.State.ENABLED,
              "by its timer",
              "its timer is " + ManagerLayer.orNone(loaded.unitFileState())));
    }
  }

  private static void differs(
      CompiledApp desired,
      UnitName timer,
      String what,
      String declared,
      String observed,
      Fix fix,
      List<Difference> out) {
    out.add(
        new Difference(desired.unit(), new Subject.SideUnit(timer, what, fix), declared, observed));
  }
}
