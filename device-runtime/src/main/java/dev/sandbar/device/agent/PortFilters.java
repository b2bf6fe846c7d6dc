package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The filters of SocketBindAllow and SocketBindDeny, which systemd 257 loses when it is reloaded.
 */
final class PortFilters {

  private PortFilters() {}

  /** Apps that run without a filter on ports that they should have. */
  static Set<UnitName> missing(List<CompiledApp> desired, Observation seen) {
    var lost = new HashSet<UnitName>();
    for (CompiledApp app : desired) {
      ObservedUnit unit = Trials.unit(seen, app.unit());
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
