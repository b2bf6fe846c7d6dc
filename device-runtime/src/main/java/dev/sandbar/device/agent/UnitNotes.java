package dev.sandbar.device.agent;

import dev.sandbar.core.model.UnitName;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What was last found of units that nothing is done about, such as the path of a foreign file. */
final class UnitNotes {
  private final SortedMap<UnitName, String> notes = new TreeMap<>();

  /**
   * Takes in what a round found.
   *
   * @param everything whether it looked at everything: what it did not find is gone, even if
   *     nothing names it any more
   * @param units that it looked at
   */
  void seen(boolean everything, Set<UnitName> units, Map<UnitName, String> found) {
    if (everything) {
      notes.clear();
    } else {
      notes.keySet().removeAll(units);
    }
    notes.putAll(found);
  }

  SortedMap<UnitName, String> notes() {
    return new TreeMap<>(notes);
  }
}
