package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import java.util.Map;
import java.util.Set;

/**
 * What to go back to when a unit of a plan fails.
 *
 * @param texts of the version to go back to, for units that have one
 * @param leaving units that the plan takes off the device: they are never brought back, whatever
 *     text is known of them
 */
public record Former(Map<UnitName, String> texts, Set<UnitName> leaving) {
  public Former {
    texts = Map.copyOf(texts);
    leaving = Set.copyOf(leaving);
  }

  /** Whether something has to be undone: an app that stays, or another unit with a known text. */
  boolean isTakenBack(UnitName unit) {
    return !leaving.contains(unit) && (unit.isService() || texts.containsKey(unit));
  }
}
