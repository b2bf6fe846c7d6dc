package dev.sandbar.device.agent;

import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Inventory;
import dev.sandbar.core.plan.Observation;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** Separates drift from what a new version changes. */
final class Drifted {

  private Drifted() {}

  /**
   * What the device changed by itself. A unit of Sandbar's own that was never made has not drifted,
   * and what a new version changes is no drift.
   */
  static SortedSet<UnitName> of(
      SortedMap<UnitName, List<Difference>> found,
      List<CompiledApp> desired,
      Inventory inventory,
      Observation seen) {
    var ours = new TreeSet<UnitName>();
    for (CompiledApp app : desired) {
      Inventory.Applied applied = inventory.apps().get(app.spec().name());
      if (applied != null && applied.generation().equals(app.generation())) {
        ours.add(app.unit());
      }
    }
    for (UnitName unit : BaseUnits.texts().keySet()) {
      if (!inventory.apps().isEmpty() || !Trials.unit(seen, unit).files().isEmpty()) {
        ours.add(unit);
      }
    }
    ours.removeIf(unit -> found.getOrDefault(unit, List.of()).isEmpty());
    return ours;
  }
}
