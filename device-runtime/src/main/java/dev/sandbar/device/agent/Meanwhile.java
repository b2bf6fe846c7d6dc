package dev.sandbar.device.agent;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.device.apply.Inspector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Looks at units while drift of theirs is corrected, and keeps which files somebody changed in that
 * time: they are put right with the rest, and nobody would hear of them. Other layers change by the
 * correction itself.
 */
final class Meanwhile implements Inspector {

  private final Inspector inspector;
  private final SortedSet<UnitName> drifted;
  private final Map<UnitName, List<Difference>> planned;
  private final SortedMap<UnitName, List<Difference>> found = new TreeMap<>();

  /**
   * @param drifted units whose differences the device caused
   * @param planned differences that the plan was made from
   */
  Meanwhile(
      Inspector inspector, SortedSet<UnitName> drifted, Map<UnitName, List<Difference>> planned) {
    this.inspector = inspector;
    this.drifted = new TreeSet<>(drifted);
    this.planned = Map.copyOf(planned);
  }

  @Override
  public Map<UnitName, List<Difference>> inspect(Collection<UnitName> units) {
    Map<UnitName, List<Difference>> differences = inspector.inspect(units);
    differences.forEach(
        (unit, all) -> {
          if (drifted.contains(unit)) {
            all.stream().filter(it -> it.layer() == Layer.FILE).forEach(it -> keep(unit, it));
          }
        });
    return differences;
  }

  private void keep(UnitName unit, Difference difference) {
    boolean known =
        planned.getOrDefault(unit, List.of()).stream()
            .anyMatch(it -> it.subject().equals(difference.subject()));
    List<Difference> kept = found.computeIfAbsent(unit, _ -> new ArrayList<>());
    if (!known && kept.stream().noneMatch(it -> it.subject().equals(difference.subject()))) {
      kept.add(difference);
    }
  }

  /** The differences that the plan was made from, and those that were found while it was done. */
  SortedMap<UnitName, List<Difference>> all() {
    var all = new TreeMap<>(planned);
    found.forEach(
        (unit, more) -> {
          var both = new ArrayList<>(planned.getOrDefault(unit, List.of()));
          both.addAll(more);
          all.put(unit, List.copyOf(both));
        });
    return all;
  }
}
