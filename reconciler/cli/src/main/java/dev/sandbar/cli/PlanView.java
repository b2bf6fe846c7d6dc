package dev.sandbar.cli;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.exposure.Exposure;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.Impact;
import dev.sandbar.core.plan.Plan.Step;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.core.report.Health;
import dev.sandbar.core.report.Runs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A plan as people think of it: by app.
 *
 * @param apps every app that is declared or goes, by name
 * @param common steps that belong to no app
 * @param planned what it was made from
 */
record PlanView(List<App> apps, List<Step> common, Planned planned) {

  PlanView {
    apps = List.copyOf(apps);
    common = List.copyOf(common);
  }

  /** What becomes of an app. */
  enum Fate {
    NEW("+", "new"),
    CHANGED("~", "changes"),
    REMOVED("-", "will be removed (no longer declared)"),
    LEFT("!", "differs, and is left so"),
    FAILING("!", "as declared, but it does not stay up: "),
    FOREIGN("!", "left alone: a unit of that name is not Sandbar's"),
    REFUSED("!", "left alone: the service cannot be confined"),
    SAME("=", "as declared");

    private final String sign;
    private final String title;

    Fate(String sign, String title) {
      this.sign = sign;
      this.title = title;
    }

    String sign() {
      return sign;
    }

    String title() {
      return title;
    }
  }

  /**
   * One app.
   *
   * @param differences between what is declared and what was seen
   * @param failing why it does not stay up; empty if it does, or is about to change
   * @param reasons directive to what put it into the unit, for example the key of a permission
   * @param steps of the plan that concern it
   * @param exposure levels {@code before}, if systemd has it loaded, and {@code after}
   */
  record App(
      AppName name,
      Fate fate,
      String failing,
      List<CompiledApp> desired,
      List<Difference> differences,
      Map<String, String> reasons,
      List<Step> steps,
      SortedMap<String, Exposure> exposure) {
    App {
      desired = List.copyOf(desired);
      differences = List.copyOf(differences);
      reasons = Map.copyOf(reasons);
      steps = List.copyOf(steps);
      exposure = Collections.unmodifiableSortedMap(new TreeMap<>(exposure));
    }

    /** What the plan does to it while it runs. */
    Impact impact() {
      return steps.stream().map(Step::impact).max(Comparator.naturalOrder()).orElse(Impact.NONE);
    }
  }

  static PlanView of(PlanSource source, Planned planned, Observation seen) {
    var compiled = new HashMap<AppName, CompiledApp>();
    source.compiled().apps().forEach(app -> compiled.put(app.spec().name(), app));
    var steps = new HashMap<AppName, List<Step>>();
    var common = new ArrayList<Step>();
    for (Step step : planned.plan().steps()) {
      Optional<AppName> owner = owner(step, source.inventory().units());
      if (owner.isPresent()) {
        steps.computeIfAbsent(owner.get(), _ -> new ArrayList<>()).add(step);
      } else {
        common.add(step);
      }
    }
    var names = new TreeSet<>(compiled.keySet());
    names.addAll(steps.keySet());
    var apps = new ArrayList<App>();
    for (AppName name : names) {
      List<Step> own = steps.getOrDefault(name, List.of());
      CompiledApp app = compiled.get(name);
      apps.add(
          app == null
              ? new App(
                  name, Fate.REMOVED, "", List.of(), List.of(), Map.of(), own, new TreeMap<>())
              : declared(app, planned, seen, own, source.facts()));
    }
    return new PlanView(apps, common, planned);
  }

  private static App declared(
      CompiledApp app, Planned planned, Observation seen, List<Step> steps, DeviceFacts facts) {
    UnitName unit = app.unit();
    List<Difference> differences =
        Objects.requireNonNullElse(planned.differences().get(unit), List.of());
    boolean there =
        seen.units().containsKey(unit)
            && Objects.requireNonNull(seen.units().get(unit)).files().stream()
                .anyMatch(file -> !UnitFiles.isAdopted(unit) || file.marked());
    Fate fate;
    String failing = "";
    if (planned.foreign().containsKey(unit)) {
      fate = Fate.FOREIGN;
    } else if (planned.refused().containsKey(unit)) {
      fate = Fate.REFUSED;
    } else if (steps.isEmpty()) {
      failing = failing(seen, app);
      fate = !differences.isEmpty() ? Fate.LEFT : failing.isEmpty() ? Fate.SAME : Fate.FAILING;
    } else {
      fate = there ? Fate.CHANGED : Fate.NEW;
    }
    var reasons = new HashMap<String, String>();
    for (Directive directive : app.directives()) {
      reasons.merge(
          directive.name(),
          RawText.because(app.spec(), directive),
          (a, b) ->
              a.equals(b) || b.equals("default") ? a : a.equals("default") ? b : a + ", " + b);
    }
    var exposure = new TreeMap<String, Exposure>();
    Optional<ObservedUnit> loaded =
        Optional.ofNullable(seen.units().get(unit))
            .filter(observed -> observed.loaded().loadState().equals("loaded"));
    loaded.ifPresent(observed -> exposure.put("before", ExposureText.observed(observed, facts)));
    if (!app.spec().run().adopts()) {
      exposure.put("after", ExposureText.declared(app, facts));
    } else {
      loaded.ifPresent(
          observed -> exposure.put("after", ExposureText.confined(app, observed, facts)));
    }
    return new App(
        app.spec().name(), fate, failing, List.of(app), differences, reasons, steps, exposure);
  }

  private static String failing(Observation seen, CompiledApp app) {
    ObservedUnit observed = seen.units().get(app.unit());
    return observed != null
            && Runs.of(app, seen).orElseGet(() -> Health.of(observed))
                instanceof Health.Unhealthy(var message)
        ? message
        : "";
  }

  /** Whether an app that is as declared does not stay up. */
  boolean isFailing() {
    return apps.stream().anyMatch(app -> app.fate() == Fate.FAILING);
  }

  private static Optional<AppName> owner(Step step, AppUnits units) {
    return switch (step) {
      case Plan.StoreImage(var app, _, _, _, _) -> Optional.of(app);
      case Plan.RemoveState(var app, _) -> Optional.of(app);
      case Plan.StoreFile(var unit, _, _) -> units.app(unit);
      case Plan.StoreSecret(var unit, _, _) -> units.app(unit);
      case Plan.Write(var unit, _, _) -> units.app(unit);
      case Plan.Remove(var unit, _, _) -> units.app(unit);
      case Plan.Enable(var unit, _) -> units.app(unit);
      case Plan.Disable(var unit, _) -> units.app(unit);
      case Plan.Start(var unit, _) -> units.app(unit);
      case Plan.Restart(var unit, _) -> units.app(unit);
      case Plan.Stop(var unit, _) -> units.app(unit);
      case Plan.LiveSet(var unit, _, _) -> units.app(unit);
      case Plan.Hide(var unit, _, _) -> units.app(unit);
      case Plan.SwapFiles(var unit, _, _) -> units.app(unit);
      case Plan.LoadRules(var unit, _, _) -> units.app(unit);
      case Plan.SetKernel(var unit, _, _) -> units.app(unit);
      case Plan.EndProxy(var unit, _, _) -> units.app(unit);
      case Plan.StartTimer(var unit, _, _) -> units.app(unit);
      case Plan.StopTimer(var unit, _, _) -> units.app(unit);
      case Plan.Thaw(var unit, _) -> units.app(unit);
      case Plan.Reload _, Plan.RemoveImage _, Plan.RemoveFile _ -> Optional.empty();
    };
  }
}
