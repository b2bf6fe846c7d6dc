package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.exposure.Exposure;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Compared;
import dev.sandbar.core.plan.Comparison;
import dev.sandbar.core.plan.Differ;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.PluggedHardware;
import dev.sandbar.core.plan.SlicesAbove;
import dev.sandbar.core.plan.StoredImage;
import dev.sandbar.core.plan.Walls;
import dev.sandbar.core.property.Value;
import dev.sandbar.core.report.Attestor;
import dev.sandbar.core.report.DirectiveCounts;
import dev.sandbar.device.observe.Observer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Observes units and compares them with what they should be. The differences of each app are kept
 * as last found: the same app compared with an equal sight of the device has the same differences,
 * and nearly always nothing has changed since the last round.
 *
 * <p>Everything that {@link Differ#app} looks at must be in {@link Sight}, or a drift is missed.
 */
final class Inspections implements Comparison {

  private final Observer observer;
  private final int systemdVersion;
  private final Map<UnitName, Known> known = new HashMap<>();
  private final Map<UnitName, Exposed> exposed = new HashMap<>();

  /** Apps whose hardware was not there when they were last seen down. */
  private final SortedSet<UnitName> due = new TreeSet<>();

  /** All of an observation that bears on one app: also what bears on every app. */
  private record Sight(
      ObservedUnit unit,
      List<ObservedUnit> others,
      Map<String, StoredImage> images,
      SortedMap<String, Boolean> files,
      SortedSet<String> managerVariables,
      PluggedHardware plugged) {
    static Sight of(UnitName unit, Observation seen) {
      List<ObservedUnit> others =
          seen.units().values().stream()
              .filter(it -> !it.name().isService() && !it.name().equals(UnitName.TARGET))
              .toList();
      return new Sight(
          seen.unit(unit),
          others,
          seen.images(),
          seen.files(),
          seen.managerVariables(),
          seen.plugged());
    }
  }

  /**
   * @param counts of its directives; they are dear, and most that is inspected on the way is not
   *     reported
   */
  private record Known(
      CompiledApp app,
      Sight sight,
      List<Difference> differences,
      Supplier<DirectiveCounts> counts) {
    boolean answers(CompiledApp other, Sight now) {
      // A compiled app is some hundred values; the same one is always the same object.
      return app == other && sight.equals(now);
    }
  }

  /** The level of an app; a compiled app does not change. */
  private record Exposed(CompiledApp app, String level) {}

  /** For one connection to systemd, of this major version. */
  Inspections(Observer observer, int systemdVersion) {
    this.observer = observer;
    this.systemdVersion = systemdVersion;
  }

  int systemdVersion() {
    return systemdVersion;
  }

  /** Units of apps that stand where only Sandbar writes. */
  SortedSet<UnitName> apps() {
    return observer.apps();
  }

  /** Which unit each app is, by what stands there. */
  AppUnits units() {
    return observer.units();
  }

  Observation observe(Collection<UnitName> units) {
    return observer.observe(withTarget(units), SlicesAbove.of(units));
  }

  /** The same of all units: what cannot have changed is not asked for again. */
  Observation sweep(Collection<UnitName> units) {
    known.keySet().retainAll(units);
    exposed.keySet().retainAll(units);
    return observer.sweep(withTarget(units), SlicesAbove.of(units));
  }

  /**
   * What was seen is reported.
   *
   * @param everything whether all units were looked at
   */
  void reported(Observation seen, boolean everything) {
    observer.confirm(seen, everything);
  }

  /**
   * Units of which something differs that nothing signals; empty if something does that concerns
   * all of them.
   */
  Optional<SortedSet<UnitName>> changed() {
    return observer.changed();
  }

  private static SortedSet<UnitName> withTarget(Collection<UnitName> units) {
    var all = new TreeSet<>(units);
    all.add(UnitName.TARGET);
    return all;
  }

  /** How the directives of a unit's app were last found; of another version or unit, none. */
  DirectiveCounts counts(UnitName unit) {
    Known last = known.get(unit);
    if (last == null) {
      return DirectiveCounts.NONE;
    }
    DirectiveCounts counts = last.counts().get();
    // The observation that they are counted from need not be kept.
    known.put(unit, new Known(last.app(), last.sight(), last.differences(), () -> counts));
    return counts;
  }

  /**
   * The level that systemd-analyze security gives the unit of an app, as it is declared: of a
   * service of the device with what it has itself.
   */
  String exposure(CompiledApp app, Observation seen, DeviceFacts facts) {
    if (app.spec().run().adopts()) {
      return level(Walls.whole(app, seen.unit(app.unit()), systemdVersion), facts);
    }
    Exposed before = exposed.get(app.unit());
    if (before == null || before.app() != app) {
      before = new Exposed(app, level(app.effective(), facts));
      exposed.put(app.unit(), before);
    }
    return before.level();
  }

  private static String level(SortedMap<String, Value> effective, DeviceFacts facts) {
    return effective.isEmpty()
        ? ""
        : Exposure.of(effective, facts.syscallGroups(), facts.knownSyscalls()).level();
  }

  /** The differences of every app and base unit that rules do not ignore; empty lists included. */
  SortedMap<UnitName, List<Difference>> differences(
      List<CompiledApp> desired, SortedMap<UnitName, String> base, Observation seen) {
    var differences = new TreeMap<UnitName, List<Difference>>();
    base.forEach(
        (unit, text) -> differences.put(unit, Differ.base(unit, text, seen, systemdVersion)));
    desired.forEach(app -> differences.put(app.unit(), compared(app, seen, true).counted()));
    return differences;
  }

  /** The differences of an app, apart by its rules. */
  Compared compared(CompiledApp app, Observation seen, boolean applied) {
    return Compared.of(app, seen.unit(app.unit()), app(app, seen, systemdVersion), applied);
  }

  /** The observation, and which apps are down because of hardware that has come since. */
  Observation withDue(Observation seen) {
    return seen.with(seen.plugged().due(due));
  }

  private Observation withDue(CompiledApp app, Observation seen) {
    // One with a timer is started by that, and not by what is plugged in.
    if (app.requiredHardware().isEmpty() || !app.timers().isEmpty()) {
      due.remove(app.unit());
      return seen;
    }
    if (!seen.plugged().missing(app).isEmpty()) {
      due.add(app.unit());
    } else if (seen.unit(app.unit()).loaded().activeState().equals("active")) {
      due.remove(app.unit());
    }
    return withDue(seen);
  }

  /** Whether an app was down for want of its hardware when it was seen last. */
  boolean waitForHardware() {
    return !due.isEmpty();
  }

  /** It was started now that its hardware is there: what keeps it down from now on is drift. */
  void started(UnitName unit) {
    due.remove(unit);
  }

  @Override
  public List<Difference> app(CompiledApp desired, Observation first, int version) {
    Observation seen = withDue(desired, first);
    Sight sight = Sight.of(desired.unit(), seen);
    Known last = known.get(desired.unit());
    if (last != null && last.answers(desired, sight)) {
      return last.differences();
    }
    List<Difference> differences = Differ.app(desired, seen, version);
    known.put(
        desired.unit(),
        new Known(
            desired,
            sight,
            differences,
            () ->
                DirectiveCounts.of(
                    Attestor.attest(
                        Walls.together(desired, sight.unit(), version),
                        seen,
                        sight.unit(),
                        differences))));
    return differences;
  }
}
