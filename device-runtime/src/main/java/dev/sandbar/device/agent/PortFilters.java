package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.device.apply.Applier;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * The filters of SocketBindAllow and SocketBindDeny, which systemd 257 loses when it is reloaded.
 */
final class PortFilters {
  private static final List<CgroupProgram> ON_PORTS =
      List.of(CgroupProgram.BIND4, CgroupProgram.BIND6);

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
          applier.withFilters(first, it -> missing(desired, it), () -> inspections.observe(units));
      lostForGood.addAll(missing(desired, seen));
    }
    Set<UnitName> lost = missing(desired, seen);
    lostForGood.removeIf(unit -> units.contains(unit) && !lost.contains(unit));
    return without(othersMissing(desired, first), seen);
  }

  /**
   * Programs that no reload takes away and that were missing at the first look: systemd attaches
   * them too when it is asked for those on ports, and nobody would hear that they were gone.
   */
  private static Map<UnitName, List<String>> othersMissing(
      List<CompiledApp> desired, Observation first) {
    var others = new HashMap<UnitName, List<String>>();
    for (CompiledApp app : desired) {
      ObservedUnit unit = first.unit(app.unit());
      if (isKnown(unit)) {
        List<String> missing =
            app.kernel().cgroupPrograms().stream()
                .filter(program -> !ON_PORTS.contains(program))
                .map(CgroupProgram::name)
                .filter(program -> !unit.cgroupPrograms().contains(program))
                .toList();
        if (!missing.isEmpty()) {
          others.put(unit.name(), missing);
        }
      }
    }
    return others;
  }

  private static Observation without(Map<UnitName, List<String>> programs, Observation seen) {
    if (programs.isEmpty()) {
      return seen;
    }
    var units = new TreeMap<>(seen.units());
    units.replaceAll(
        (name, unit) ->
            new ObservedUnit(
                name,
                unit.files(),
                unit.loaded(),
                unit.properties(),
                unit.processes(),
                unit.cgroupPrograms().stream()
                    .filter(it -> !programs.getOrDefault(name, List.of()).contains(it))
                    .toList(),
                unit.kernel()));
    return new Observation(
        units,
        seen.images(),
        seen.files(),
        seen.managerVariables(),
        seen.services(),
        seen.plugged());
  }

  /** It runs, and it could be asked which programs are attached. */
  private static boolean isKnown(ObservedUnit unit) {
    return !unit.cgroupPrograms().equals(ObservedUnit.UNKNOWN_PROGRAMS)
        && unit.loaded().activeState().equals("active")
        && !unit.processes().isEmpty();
  }

  /** Apps that run without a filter on ports that they should have. */
  static Set<UnitName> missing(List<CompiledApp> desired, Observation seen) {
    var lost = new HashSet<UnitName>();
    for (CompiledApp app : desired) {
      ObservedUnit unit = seen.unit(app.unit());
      for (CgroupProgram program : ON_PORTS) {
        if (isKnown(unit)
            && app.kernel().cgroupPrograms().contains(program)
            && !unit.cgroupPrograms().contains(program.name())) {
          lost.add(unit.name());
        }
      }
    }
    return lost;
  }
}
