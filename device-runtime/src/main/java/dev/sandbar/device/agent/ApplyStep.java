package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Situation;
import dev.sandbar.device.apply.Applier;
import dev.sandbar.device.apply.Needs;
import dev.sandbar.device.apply.Outcome;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Applies the plan of a round, and observes the device again. */
record ApplyStep(
    Applier applier,
    AppHistory history,
    Versions versions,
    OpenApps open,
    Inspections inspections,
    PortFilters filters,
    ServiceConflicts conflicts) {

  /**
   * What became of a plan.
   *
   * @param outcomes of the units that it names
   * @param busy units of which something goes on, with what it is
   * @param found the differences before it, and files that were changed while drift was corrected
   * @param seen the device after it
   * @param remaining the differences after it, but for those of busy units
   */
  record AppliedPlan(
      RoundPlan plan,
      SortedMap<UnitName, Outcome> outcomes,
      SortedMap<UnitName, String> busy,
      SortedMap<UnitName, List<Difference>> found,
      Observation seen,
      SortedMap<UnitName, List<Difference>> remaining) {}

  /**
   * Applies. Which apps are changed is on disk before.
   *
   * @param notice hears of the plan before it is done if it corrects drift
   */
  AppliedPlan apply(RoundPlan plan, Consumer<RoundPlan> notice) {
    Decided decided = plan.decided();
    Situation situation = plan.situation();
    if (decided.everything()) {
      applier.holdSliceFilter();
      applier.keep(versions.needs(decided), true);
    } else {
      applier.keep(Needs.of(plan.desired()), false);
    }
    if (plan.plan().isEmpty()) {
      var _ = removeSpare(decided);
      return new AppliedPlan(
          plan,
          new TreeMap<>(),
          applier.doing(),
          plan.planned().differences(),
          situation.seen(),
          plan.planned().differences());
    }
    if (!plan.drifted().isEmpty()) {
      notice.accept(plan);
    }
    history.changing(Applier.units(plan.plan()));
    conflicts.look(plan, versions.facts());
    var looks = new RoundInspector(inspections, plan.desired(), situation.inventory());
    var inspector = new Meanwhile(looks, plan.drifted(), plan.planned().differences());
    SortedMap<UnitName, Outcome> outcomes =
        applier.apply(
            plan.plan(),
            inspector,
            versions.former(decided.targets(), plan.orders().takeBack().keySet()));
    open.keep(decided.targets());
    boolean read = removeSpare(decided);
    SortedMap<UnitName, String> busy = applier.doing();
    var units = new TreeSet<>(decided.units());
    units.removeAll(busy.keySet());
    List<CompiledApp> settled =
        plan.desired().stream().filter(app -> !busy.containsKey(app.unit())).toList();
    Observation seen =
        filters.restored(
            settled,
            units,
            after(units, read ? new TreeSet<>() : proved(plan, outcomes), looks.last()));
    return new AppliedPlan(
        plan,
        outcomes,
        busy,
        inspector.all(),
        seen,
        inspections.differences(settled, situation.base(), seen));
  }

  /** Of versions that do not run; whether systemd was reloaded for it. */
  private boolean removeSpare(Decided decided) {
    if (!decided.everything()) {
      return false;
    }
    var unknown = versions.unknown(decided);
    var busy = new TreeSet<>(decided.open());
    busy.addAll(applier.underway());
    decided.targets().keySet().stream()
        .filter(name -> busy.contains(versions.unit(name)))
        .forEach(unknown::add);
    return applier.removeSpare(versions.needs(decided), unknown);
  }

  /**
   * Units that were looked at last once they had started: nothing was done to them after that.
   * Where something was taken back systemd was reloaded since, and all are looked at again.
   */
  private static SortedSet<UnitName> proved(RoundPlan plan, SortedMap<UnitName, Outcome> outcomes) {
    var proved = new TreeSet<UnitName>();
    if (outcomes.values().stream().allMatch(ApplyStep::isLeftAlone)) {
      for (Plan.Step step : plan.plan().steps()) {
        if (step instanceof Plan.JobStep job
            && !(job instanceof Plan.Stop)
            && outcomes.get(job.unit()) instanceof Outcome.Done) {
          proved.add(job.unit());
        }
      }
    }
    return proved;
  }

  private static boolean isLeftAlone(Outcome outcome) {
    return outcome instanceof Outcome.Done || outcome instanceof Outcome.Underway;
  }

  /** The device now: what was just proved is as it was seen then, with the slices above it. */
  private Observation after(
      SortedSet<UnitName> units, SortedSet<UnitName> proved, Observation last) {
    var kept = new TreeMap<>(last.units());
    kept.keySet().removeIf(unit -> unit.isService() && !proved.contains(unit));
    var others = new TreeSet<>(units);
    others.removeAll(kept.keySet());
    return inspections.observe(others).over(kept);
  }
}
