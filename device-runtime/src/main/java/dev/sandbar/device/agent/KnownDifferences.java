package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Comparison;
import dev.sandbar.core.plan.Differ;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The differences of each app as last found. The same app compared with an equal sight of the
 * device has the same differences; nearly always nothing has changed since the last round.
 *
 * <p>Everything that {@link Differ#app} looks at must be in {@link Sight}, or a drift is missed.
 */
final class KnownDifferences implements Comparison {

  private final Map<UnitName, Known> known = new HashMap<>();

  /** All of an observation that bears on one app: its unit, the slices above, the images. */
  private record Sight(ObservedUnit unit, List<ObservedUnit> slices, Map<String, String> images) {
    static Sight of(UnitName unit, Observation seen) {
      var slices = new ArrayList<ObservedUnit>();
      seen.units()
          .forEach(
              (name, observed) -> {
                if (name.value().endsWith(".slice")) {
                  slices.add(observed);
                }
              });
      return new Sight(Trials.unit(seen, unit), slices, seen.images());
    }
  }

  private record Known(
      CompiledApp app, Sight sight, int systemdVersion, List<Difference> differences) {
    boolean answers(CompiledApp other, Sight now, int version) {
      // A compiled app is some hundred values; the same one is always the same object.
      return app == other && systemdVersion == version && sight.equals(now);
    }
  }

  @Override
  public List<Difference> app(CompiledApp desired, Observation seen, int systemdVersion) {
    Sight sight = Sight.of(desired.unit(), seen);
    Known last = known.get(desired.unit());
    if (last != null && last.answers(desired, sight, systemdVersion)) {
      return last.differences();
    }
    List<Difference> differences = Differ.app(desired, seen, systemdVersion);
    known.put(desired.unit(), new Known(desired, sight, systemdVersion, differences));
    return differences;
  }

  /** Forgets apps that are no more. */
  void keepOnly(Collection<UnitName> units) {
    known.keySet().retainAll(units);
  }
}
