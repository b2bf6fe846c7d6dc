package dev.sandbar.core.model;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which unit each app of a device is. Most have one that Sandbar writes; some are services of the
 * device that Sandbar confines.
 *
 * @param adopted services of the device by the app that confines them; none is of two apps
 */
public record AppUnits(SortedMap<AppName, UnitName> adopted) {

  /** Every app has a unit of its own. */
  public static final AppUnits OWN = new AppUnits(Collections.emptySortedMap());

  public AppUnits {
    adopted = Collections.unmodifiableSortedMap(new TreeMap<>(adopted));
  }

  /** The unit of the app. */
  public UnitName of(AppName app) {
    return adopted.getOrDefault(app, UnitName.own(app));
  }

  /** The app of the unit; empty if it is of none. */
  public Optional<AppName> app(UnitName unit) {
    Optional<AppName> own = unit.ownApp();
    return own.isPresent()
        ? own.filter(name -> !adopted.containsKey(name))
        : adopted.entrySet().stream()
            .filter(entry -> entry.getValue().equals(unit))
            .map(Map.Entry::getKey)
            .findFirst();
  }
}
