package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A plan and what it was made from.
 *
 * @param differences of every desired app and every base unit, by its unit; empty lists included
 * @param ignored differences of desired apps that rules of their specs ignore, by unit; nothing is
 *     done about them
 * @param left differences that the plan does not correct: of units that are only watched or paused,
 *     and files that belong to the operating system
 * @param foreign desired apps and base units whose name is taken by a unit that Sandbar did not
 *     write, with the path of that: nothing is done about them
 * @param refused services of the device that desired apps confine and that cannot be confined as
 *     they are, with the reason: nothing is done about them either
 */
public record Planned(
    Plan plan,
    SortedMap<UnitName, List<Difference>> differences,
    SortedMap<UnitName, List<IgnoredDifference>> ignored,
    List<Difference> left,
    SortedMap<UnitName, String> foreign,
    SortedMap<UnitName, Diagnostic> refused) {
  public Planned {
    var copies = new TreeMap<UnitName, List<Difference>>();
    differences.forEach((unit, list) -> copies.put(unit, List.copyOf(list)));
    differences = Collections.unmodifiableSortedMap(copies);
    ignored = Collections.unmodifiableSortedMap(new TreeMap<>(ignored));
    left = List.copyOf(left);
    foreign = Collections.unmodifiableSortedMap(new TreeMap<>(foreign));
    refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
  }

  /** Whether nothing is done about the unit of a desired app. */
  public boolean isLeftAlone(UnitName unit) {
    return foreign.containsKey(unit) || refused.containsKey(unit);
  }

  /** Whether the device is as declared. */
  public boolean inSync() {
    return plan.isEmpty()
        && foreign.isEmpty()
        && refused.isEmpty()
        && differences.values().stream().allMatch(List::isEmpty);
  }

  /**
   * Whether something is corrected that reaches every app, such as a setting of the slice above
   * them: afterwards that could not be determined any more.
   */
  public boolean correctsShared() {
    return differences.values().stream()
        .flatMap(List::stream)
        .filter(difference -> !left.contains(difference))
        .anyMatch(
            difference ->
                !difference.unit().isService()
                    || difference.subject() instanceof Subject.UnitFile(String path)
                        && UnitFiles.isShared(path));
  }

  /**
   * Units whose differences the device caused: what a new version changes is no drift, and a unit
   * of Sandbar's own that was never made has not drifted.
   */
  public SortedSet<UnitName> drifted(Situation situation) {
    Inventory inventory = situation.inventory();
    var drifted = new TreeSet<UnitName>();
    for (CompiledApp app : situation.desired()) {
      if (inventory.isApplied(app)) {
        drifted.add(app.unit());
      }
    }
    for (UnitName unit : situation.base().keySet()) {
      if (!inventory.apps().isEmpty() || !situation.seen().unit(unit).files().isEmpty()) {
        drifted.add(unit);
      }
    }
    drifted.removeIf(unit -> differences.getOrDefault(unit, List.of()).isEmpty());
    return drifted;
  }
}
