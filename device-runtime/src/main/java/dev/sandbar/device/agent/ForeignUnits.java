package dev.sandbar.device.agent;

import dev.sandbar.core.model.UnitName;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Units of others under the names of apps, with their paths, as last seen. */
final class ForeignUnits {
  private final SortedMap<UnitName, String> paths = new TreeMap<>();

  /**
   * Takes in what a round found.
   *
   * @param everything whether it looked at everything: what it did not find is gone, even if
   *     nothing names it any more
   * @param units that it looked at
   */
  void seen(boolean everything, Set<UnitName> units, Map<UnitName, String> found) {
    if (everything) {
      paths.clear();
    } else {
      paths.keySet().removeAll(units);
    }
    paths.putAll(found);
  }

  SortedMap<UnitName, String> paths() {
    return new TreeMap<>(paths);
  }
}
