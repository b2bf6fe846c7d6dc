package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Inventory;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.device.apply.Inspector;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Observes units anew whenever it is asked how they differ, and keeps what it saw last. */
final class RoundInspector implements Inspector {

  private final Inspections inspections;
  private final List<CompiledApp> desired;
  private final Inventory before;
  private Observation last = Observation.NOTHING;

  /**
   * @param desired that the units are compared with
   * @param before what was applied before: a new version is inspected without its rules of what
   *     drift is ignored
   */
  RoundInspector(Inspections inspections, List<CompiledApp> desired, Inventory before) {
    this.inspections = inspections;
    this.desired = List.copyOf(desired);
    this.before = before;
  }

  @Override
  public Map<UnitName, List<Difference>> inspect(Collection<UnitName> units) {
    last = inspections.observe(units);
    var differences = new TreeMap<UnitName, List<Difference>>();
    for (CompiledApp app : desired) {
      if (units.contains(app.unit())) {
        differences.put(
            app.unit(), inspections.compared(app, last, before.isApplied(app)).counted());
      }
    }
    return differences;
  }

  /** What was seen at the last inspection; nothing if there was none. */
  Observation last() {
    return last;
  }
}
