package dev.sandbar.core.plan;

import dev.sandbar.core.compile.AppTimer;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.MountUnit;
import dev.sandbar.core.model.UnitName;
import java.util.List;

/**
 * What starts a unit beside the target of all apps.
 *
 * @param hardware whether hardware that comes does, or a file system that is mounted
 * @param staysDown whether the unit is down and nobody but this starts it: hardware that is not
 *     there, so that systemd would start it neither now nor later, or its timer
 * @param timers its timer; none if the target starts it
 */
record Starter(boolean hardware, boolean staysDown, List<UnitName> timers) {

  Starter {
    timers = List.copyOf(timers);
  }

  static final String BECAUSE = "starts when its hardware is plugged in";

  private static final String BEGINS = "runs at its times";

  /** The target alone. */
  static final Starter TARGET = new Starter(false, false, List.of());

  static Starter of(CompiledApp app, Observation seen) {
    boolean scheduled = !app.timers().isEmpty();
    ObservedUnit observed = seen.unit(app.unit());
    boolean down = !StateLayer.isUp(observed.loaded()) && observed.processes().isEmpty();
    return new Starter(
        !scheduled && (!app.requiredHardware().isEmpty() || !MountUnit.names(app.spec()).isEmpty()),
        !seen.plugged().missing(app).isEmpty() || (scheduled && down),
        app.timers().stream().map(AppTimer::unit).toList());
  }

  boolean isTimer() {
    return !timers.isEmpty();
  }

  /**
   * The steps for timers of an app. A new version has its own begin anew, so that no failure of the
   * one before counts.
   */
  void timers(UnitName unit, List<Difference> all, boolean drift, PlanDraft draft) {
    boolean begins = isTimer() && !drift;
    for (Difference d : all) {
      if (d.subject() instanceof Subject.SideUnit(var other, _, var fix)) {
        begins |= fix == Fix.START;
        if (fix == Fix.STOP) {
          draft.add(new Plan.StopTimer(unit, other, Reasons.of(List.of(d), drift)));
        }
      }
    }
    if (begins) {
      String why = drift ? Reasons.of(all, true) : BEGINS;
      timers.forEach(timer -> draft.add(new Plan.StartTimer(unit, timer, why)));
    }
  }
}
