package dev.sandbar.device.observe;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.property.RawProperties;
import dev.sandbar.device.kernel.KernelFactsReader.Asked;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * What the properties of units say; they are mostly the same object as at the last look. For one
 * thread at a time.
 */
final class KnownProperties {

  private final IntSupplier systemdVersion;
  private final Map<UnitName, Known> known = new HashMap<>();

  /** What they say of a unit. */
  record Known(
      RawProperties properties,
      Loaded loaded,
      String controlGroup,
      int mainPid,
      List<String> hidden,
      Asked asked) {
    private static Known of(RawProperties properties, int systemdVersion) {
      return new Known(
          properties,
          LoadedUnit.of(properties),
          LoadedUnit.text(properties, "ControlGroup"),
          (int) LoadedUnit.number(properties, "MainPID"),
          LoadedUnit.hidden(properties),
          LoadedUnit.asked(properties, systemdVersion));
    }
  }

  /**
   * @param systemdVersion major version
   */
  KnownProperties(IntSupplier systemdVersion) {
    this.systemdVersion = systemdVersion;
  }

  /** What the properties of a unit say. */
  Known of(UnitName unit, RawProperties properties) {
    Known before = known.get(unit);
    if (before == null || before.properties() != properties) {
      before = Known.of(properties, systemdVersion.getAsInt());
      known.put(unit, before);
    }
    return before;
  }

  /** Other units are no more. */
  void retain(Collection<UnitName> units) {
    known.keySet().retainAll(units);
  }
}
