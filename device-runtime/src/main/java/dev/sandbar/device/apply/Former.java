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
 * @param staying units whose new version stays although it does not start, by its spec
 */
public record Former(Map<UnitName, String> texts, Set<UnitName> leaving, Set<UnitName> staying) {
  public Former {
    texts = Map.copyOf(texts);
    leaving = Set.copyOf(leaving);
    staying = Set.copyOf(staying);
  }

  /** Where every version that fails goes. */
  public Former(Map<UnitName, String> texts, Set<UnitName> leaving) {
    this(texts, leaving, Set.of());
  }

  /** Whether a version that does not start, or does not stay up, stays as it is. */
  public boolean stays(UnitName unit) {
    return staying.contains(unit);
  }

  /** Whether something has to be undone: an app that stays, or another unit with a known text. */
  boolean isTakenBack(UnitName unit) {
    return !leaving.contains(unit) && (unit.isService() || texts.containsKey(unit));
  }
}
