package dev.sandbar.core.plan;

import dev.sandbar.core.model.UnitName;
import java.util.Collection;
import java.util.List;

/**
 * The slices above units: what is set on them reaches the units (systemd.resource-control(5)), so
 * they are looked at with them.
 */
public final class SlicesAbove {

  private static final UnitName ROOT = new UnitName("-.slice");

  private static final List<UnitName> OF_APPS = List.of(ROOT, UnitName.SLICE);
  private static final List<UnitName> OF_SERVICES =
      List.of(ROOT, UnitName.SLICE, SliceLayer.DEVICE_SLICE);

  private SlicesAbove() {}

  /** Those above these units, services of the device among them or not. */
  public static List<UnitName> of(Collection<UnitName> units) {
    return units.stream().anyMatch(UnitFiles::isAdopted) ? OF_SERVICES : OF_APPS;
  }
}
