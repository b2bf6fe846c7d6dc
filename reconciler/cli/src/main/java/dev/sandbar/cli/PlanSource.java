package dev.sandbar.cli;

import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Inventory;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Orders;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.core.plan.Planner;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.core.plan.Situation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Specs against one device.
 *
 * @param specs as read
 * @param facts of the device
 * @param compiled apps that are meant for the device, compiled for it
 * @param elsewhere how many apps are meant for other devices
 * @param onDevice which unit each app is that is on the device already
 */
record PlanSource(
    Specs specs, DeviceFacts facts, Compilations compiled, int elsewhere, AppUnits onDevice) {

  /**
   * Compiles what is meant for the device.
   *
   * @param real whether the facts are of a real device, whose labels say which apps are its own
   */
  static PlanSource of(Specs specs, DeviceFacts facts, boolean real) {
    var own = new TreeMap<AppName, AppSpec>();
    for (AppSpec app : specs.apps().values()) {
      if (!real || app.devices().matches(facts.labels())) {
        own.put(app.name(), app);
      }
    }
    var chosen = specs.with(own);
    return new PlanSource(
        specs,
        facts,
        Compilations.of(chosen, facts),
        specs.apps().size() - own.size(),
        AppUnits.OWN);
  }

  /** This, on a device whose apps are these units. */
  PlanSource on(AppUnits units) {
    return new PlanSource(specs, facts, compiled, elsewhere, units);
  }

  /** This, without the apps whose image the owner of the device refuses. */
  PlanSource verified(Function<Root.Image, Optional<Diagnostic>> refusal) {
    return new PlanSource(specs, facts, compiled.verified(refusal), elsewhere, onDevice);
  }

  /** Apps whose image needs a signature by the policy of the device. */
  List<AppName> signed() {
    return compiled.apps().stream()
        .map(CompiledApp::spec)
        .filter(
            app ->
                app.root() instanceof Root.Image image
                    && facts.policy().images().covers(image.source()))
        .map(AppSpec::name)
        .toList();
  }

  /** What is known of the device without records of an agent: which unit each app is. */
  Inventory inventory() {
    var adopted = new TreeMap<>(onDevice.adopted());
    for (CompiledApp app : compiled.apps()) {
      if (app.spec().run().adopts()) {
        adopted.putIfAbsent(app.spec().name(), app.unit());
      }
    }
    return new Inventory(new TreeMap<>(), new AppUnits(adopted));
  }

  /** Everything that is wrong. */
  List<Diagnostic> diagnostics() {
    var all = new ArrayList<>(specs.diagnostics());
    all.addAll(compiled.diagnostics());
    return all;
  }

  /** Apps that confine services of the device, and that a plan changes. */
  List<CompiledApp> confining(Planned planned) {
    return compiled.apps().stream()
        .filter(app -> app.spec().run().adopts())
        .filter(
            app ->
                planned.plan().steps().stream()
                    .anyMatch(
                        step ->
                            step instanceof Plan.Write(var unit, _, _) && unit.equals(app.unit())))
        .toList();
  }

  /** The units to look at. */
  SortedSet<UnitName> units() {
    var units = new TreeSet<UnitName>();
    compiled.apps().forEach(app -> units.add(app.unit()));
    return units;
  }

  /** Everything that is wrong, also on the device. */
  List<Diagnostic> diagnostics(Planned planned) {
    var all = new ArrayList<>(diagnostics());
    planned
        .foreign()
        .forEach(
            (unit, path) ->
                all.add(
                    Diagnostic.error(
                        Problem.CONFLICT,
                        compiled.apps().stream()
                            .filter(app -> app.unit().equals(unit))
                            .map(app -> app.spec().at())
                            .findFirst()
                            .orElse(Location.NOWHERE),
                        "%s: %s is there and was not written by Sandbar".formatted(unit, path),
                        "rename the app, or remove that unit from the device")));
    all.addAll(planned.refused().values());
    return all;
  }

  /**
   * Plans.
   *
   * @param prune whether apps that the files do not declare are removed
   * @throws CommandException if so many would go that it looks like a mistake
   */
  Planned plan(Observation seen, boolean prune) {
    Orders orders = Orders.EVERYTHING;
    if (prune) {
      orders = orders.removing(removed(seen));
    }
    return Planner.plan(
        new Situation(compiled.apps(), base(), inventory(), seen, facts.systemdVersion()), orders);
  }

  /** The units that apps stand on. */
  SortedMap<UnitName, String> base() {
    return BaseUnits.texts(facts.policy().limits());
  }

  /** Plans the removal of these alone. */
  Planned removing(Observation seen, SortedSet<AppName> apps) {
    return Planner.plan(
        new Situation(List.of(), new TreeMap<>(), inventory(), seen, facts.systemdVersion()),
        Orders.AS_DECLARED.removing(apps));
  }

  private SortedSet<AppName> removed(Observation seen) {
    var declared = new TreeSet<AppName>();
    compiled.apps().forEach(app -> declared.add(app.spec().name()));
    var verdict =
        PruneGuard.judge(
            Specs.hasErrors(diagnostics())
                ? PruneGuard.Source.INCOMPLETE
                : PruneGuard.Source.COMPLETE,
            inventory().owned(seen),
            declared,
            new TreeSet<>(),
            PruneGuard.Consent.EVERYTHING);
    if (!verdict.heldBack().isEmpty()) {
      throw new CommandException(
          "--prune: " + verdict.reason(), "Fix the files, or leave --prune out");
    }
    return verdict.remove();
  }

  /** The app's compiled form by its unit, of those that are planned. */
  TreeMap<UnitName, CompiledApp> byUnit() {
    var byUnit = new TreeMap<UnitName, CompiledApp>();
    compiled.apps().forEach(app -> byUnit.put(app.unit(), app));
    return byUnit;
  }
}
