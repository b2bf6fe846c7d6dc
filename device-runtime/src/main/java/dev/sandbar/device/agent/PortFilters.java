package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.device.apply.Applier;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;

/**
 * The filters of SocketBindAllow and SocketBindDeny, which systemd 257 loses when it is reloaded.
 */
final class PortFilters {
  private final Applier applier;
  private final Inspections inspections;

  /** Running apps whose filters did not come back when systemd was asked for them. */
  private final Set<UnitName> lostForGood = new HashSet<>();

  PortFilters(Applier applier, Inspections inspections) {
    this.applier = applier;
    this.inspections = inspections;
  }

  /**
   * What is there once systemd has put back the filters on ports that it lost when somebody
   * reloaded it: a fault of systemd 257 and nobody's drift. What is still lost then was taken away
   * otherwise, and is not asked for again.
   */
  Observation restored(List<CompiledApp> desired, SortedSet<UnitName> units, Observation first) {
    Observation seen = first;
    if (!lostForGood.containsAll(missing(desired, first))) {
      seen =
          applier.withFilters(
              first, it -> !missing(desired, it).isEmpty(), () -> inspections.observe(units));
      lostForGood.addAll(missing(desired, seen));
    }
    Set<UnitName> lost = missing(desired, seen);
    lostForGood.removeIf(unit -> units.contains(unit) && !lost.contains(unit));
    return seen;
  }

  /** Apps that run without a filter on ports that they should have. */
  static Set<UnitName> missing(List<CompiledApp> desired, Observation seen) {
    var lost = new HashSet<UnitName>();
    for (CompiledApp app : desired) {
      ObservedUnit unit = seen.unit(app.unit());
      boolean known = !unit.cgroupPrograms().equals(ObservedUnit.UNKNOWN_PROGRAMS);
      boolean runs = unit.loaded().activeState().equals("active") && !unit.processes().isEmpty();
      for (CgroupProgram program : List.of(CgroupProgram.BIND4, CgroupProgram.BIND6)) {
        if (known
            && runs
            && app.kernel().cgroupPrograms().contains(program)
            && !unit.cgroupPrograms().contains(program.name())) {
          lost.add(unit.name());
        }
      }
    }
    return lost;
  }
}
