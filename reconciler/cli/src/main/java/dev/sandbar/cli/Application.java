package dev.sandbar.cli;

import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Differ;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.device.apply.Applier;
import dev.sandbar.device.apply.Former;
import dev.sandbar.device.apply.Machine;
import dev.sandbar.device.apply.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Applies a plan once, without an agent: looks again after it, and keeps what it replaces. */
final class Application {
  private final DeviceAccess device;
  private final SortedMap<UnitName, CompiledApp> desired;
  private final int systemdVersion;

  private Application(DeviceAccess device, PlanSource source) {
    this.device = device;
    this.desired = source.byUnit();
    this.systemdVersion = source.facts().systemdVersion();
  }

  /** Does it; tells what became of every unit that the plan names. */
  static SortedMap<UnitName, Outcome> run(
      DeviceAccess device, PlanSource source, Planned planned, Observation seen)
      throws IOException {
    var application = new Application(device, source);
    Machine machine = device.machine();
    return new Applier(machine)
        .apply(planned.plan(), application::inspect, application.former(machine, seen));
  }

  private Map<UnitName, List<Difference>> inspect(Collection<UnitName> units) {
    Observation now = device.look(units);
    var found = new TreeMap<UnitName, List<Difference>>();
    for (UnitName unit : units) {
      List<Difference> differences = differences(unit, now);
      if (!differences.isEmpty()) {
        found.put(unit, differences);
      }
    }
    return found;
  }

  private List<Difference> differences(UnitName unit, Observation now) {
    CompiledApp app = desired.get(unit);
    if (app != null) {
      return Differ.app(app, now, systemdVersion);
    }
    String base = BaseUnits.texts().get(unit);
    return base == null ? List.of() : Differ.base(unit, base, now, systemdVersion);
  }

  /** What stands in the unit files now, to go back to. */
  private Former former(Machine machine, Observation seen) throws IOException {
    var texts = new TreeMap<UnitName, String>();
    var leaving = new TreeSet<UnitName>();
    for (UnitName unit : seen.units().keySet()) {
      Path file = machine.units().own(unit);
      if (Files.isRegularFile(file)) {
        texts.put(unit, Files.readString(file));
      }
      if (unit.app().isPresent() && !desired.containsKey(unit)) {
        leaving.add(unit);
      }
    }
    return new Former(texts, leaving);
  }
}
