package dev.sandbar.core.plan;

import dev.sandbar.core.compile.AppTimer;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.property.Raw;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes the plan that ends every difference. Applying a new version and correcting drift are one
 * path: a plan is made from differences and from nothing else, so what the detector cannot see the
 * corrector cannot touch.
 */
public final class Planner {

  private final Situation situation;
  private final Orders orders;
  private final Comparison comparison;
  private final PlanDraft draft = new PlanDraft();
  private final TreeMap<UnitName, List<Difference>> differences = new TreeMap<>();
  private final TreeMap<UnitName, List<IgnoredDifference>> ignored = new TreeMap<>();
  private final List<Difference> left = new ArrayList<>();
  private final TreeMap<UnitName, String> foreign = new TreeMap<>();
  private final TreeMap<UnitName, Diagnostic> refused = new TreeMap<>();

  private Planner(Situation situation, Orders orders, Comparison comparison) {
    this.situation = situation;
    this.orders = orders;
    this.comparison = comparison;
  }

  /** The plan for the situation; the same situation always gives the same plan. */
  public static Planned plan(Situation situation, Orders orders) {
    return plan(situation, orders, Differ::app);
  }

  /** The same plan, with differences of apps from elsewhere. */
  public static Planned plan(Situation situation, Orders orders, Comparison comparison) {
    return new Planner(situation, orders, comparison).plan();
  }

  private Planned plan() {
    findForeign();
    situation.base().forEach(this::base);
    situation.desired().stream().sorted(Comparator.comparing(CompiledApp::unit)).forEach(this::app);
    for (AppName app : orders.remove()) {
      boolean desired = situation.desired().stream().anyMatch(d -> d.spec().name().equals(app));
      if (!desired && situation.inventory().owned(situation.seen()).contains(app)) {
        remove(app);
      }
    }
    for (AppName app : orders.takeBack().keySet()) {
      boolean settled =
          orders.remove().contains(app)
              || situation.desired().stream().anyMatch(d -> d.spec().name().equals(app));
      if (!settled) {
        takeBack(app, orders.takeBack().getOrDefault(app, ""));
      }
    }
    images();
    return new Planned(
        draft.plan(situation.desired()), differences, ignored, left, foreign, refused);
  }

  /**
   * Units of others under names that we would take. What the inventory knows is ours whatever has
   * become of its file: that is drift.
   */
  private void findForeign() {
    Inventory inventory = situation.inventory();
    var paths = new TreeMap<UnitName, String>();
    for (ObservedUnit unit : situation.seen().units().values()) {
      UnitFiles.foreign(unit).ifPresent(path -> paths.put(unit.name(), path));
    }
    if (inventory.apps().isEmpty()) {
      for (UnitName unit : situation.base().keySet()) {
        if (paths.get(unit) instanceof String path && !path.contains(".d")) {
          foreign.put(unit, path);
        }
      }
    }
    String shared = foreign.values().stream().findFirst().orElse("");
    for (CompiledApp app : situation.desired()) {
      String path = paths.get(app.unit());
      if (path != null && !inventory.knows(app.spec().name())) {
        foreign.put(app.unit(), path);
      } else if (!shared.isEmpty()) {
        // Without the slice it would run where it is not held.
        foreign.put(app.unit(), shared);
      }
    }
  }

  private void base(UnitName unit, String text) {
    if (foreign.containsKey(unit)) {
      return;
    }
    List<Difference> found = Differ.base(unit, text, situation.seen(), situation.systemdVersion());
    differences.put(unit, found);
    if (found.isEmpty()) {
      return;
    }
    if (orders.suspended().contains(unit)
        || (orders.paused().contains(unit) && !orders.correctAll())) {
      left.addAll(found);
      return;
    }
    ObservedUnit observed = situation.seen().unit(unit);
    boolean drift = !observed.files().isEmpty();
    new UnitSteps(
            unit, text, observed, HiddenPaths.NONE, Starter.TARGET, List.of(), drift, draft, left)
        .correct(found);
  }

  private void app(CompiledApp desired) {
    findRefused(desired);
    if (foreign.containsKey(desired.unit()) || refused.containsKey(desired.unit())) {
      differences.put(desired.unit(), List.of());
      return;
    }
    boolean drift = situation.inventory().isApplied(desired);
    ObservedUnit observed = situation.seen().unit(desired.unit());
    Compared compared =
        Compared.of(
            desired,
            observed,
            comparison.app(desired, situation.seen(), situation.systemdVersion()),
            drift);
    List<Difference> found = compared.counted();
    differences.put(desired.unit(), found);
    ignored.put(desired.unit(), compared.ignored());
    List<Difference> own = found.stream().filter(d -> d.unit().equals(desired.unit())).toList();
    // Those of our own slice are corrected once, with the slice.
    found.stream()
        .filter(d -> !d.unit().equals(desired.unit()) && !situation.base().containsKey(d.unit()))
        .forEach(left::add);
    if (own.isEmpty()) {
      return;
    }
    if (orders.suspended().contains(desired.unit()) || !mayCorrect(desired, drift)) {
      left.addAll(own);
      return;
    }
    for (Difference d : own) {
      if (d.layer() == Layer.IMAGE && desired.spec().root() instanceof Root.Image image) {
        draft.add(
            new Plan.StoreImage(
                desired.spec().name(),
                image.source(),
                image.digest(),
                image.rootHash(),
                Reasons.of(List.of(d), drift)));
      }
    }
    StoredFiles.store(desired, own, drift, draft);
    StoredSecrets.store(desired, own, drift, draft);
    HiddenPaths hidden = HiddenPaths.of(desired, observed, situation.systemdVersion(), drift);
    Starter starter = Starter.of(desired, situation.seen());
    List<AppFile> reloaded = StoredFiles.reloaded(desired, own);
    new UnitSteps(
            desired.unit(), desired.text(), observed, hidden, starter, reloaded, drift, draft, left)
        .correct(own);
  }

  /** A service of the device that cannot be confined as it is. */
  private void findRefused(CompiledApp desired) {
    if (!desired.spec().run().adopts()) {
      return;
    }
    ObservedUnit observed = situation.seen().unit(desired.unit());
    String state = observed.loaded().loadState();
    if (!state.equals("loaded")) {
      refuse(
          desired,
          "systemd says of %s that it is %s".formatted(desired.unit(), state),
          "install the package that brings it, or remove the app");
      return;
    }
    Walls.opened(desired, situation.seen(), situation.systemdVersion())
        .ifPresent(what -> refuse(desired, what, "allow no more than the service itself does"));
  }

  private void refuse(CompiledApp desired, String what, String help) {
    refused.put(
        desired.unit(), Diagnostic.error(Problem.CONFLICT, desired.spec().run().at(), what, help));
  }

  private boolean mayCorrect(CompiledApp desired, boolean drift) {
    if (!drift || orders.correctAll()) {
      return true;
    }
    return desired.spec().drift().mode() == DriftMode.CORRECT
        && !orders.paused().contains(desired.unit());
  }

  private void remove(AppName app) {
    UnitName unit = situation.inventory().units().of(app);
    ObservedUnit observed = situation.seen().unit(unit);
    String why = "no longer declared";
    if (UnitFiles.isAdopted(unit)) {
      giveBack(observed, why);
      return;
    }
    end(observed, why);
    for (ObservedUnit.File file : observed.files()) {
      // A drop-in for several apps is not removed with one of them.
      if (UnitFiles.isRemovable(unit, file) && !UnitFiles.isShared(file.path())) {
        draft.add(new Plan.Remove(unit, file.path(), why));
      }
    }
    if (!observed.files().isEmpty()) {
      draft.add(new Plan.Reload(unit.value()));
    }
    if (orders.removeState()) {
      draft.add(new Plan.RemoveState(app, why));
    }
  }

  /** Only what was written for it goes: no other file, no directory, no image. */
  private void takeBack(AppName app, String why) {
    UnitName unit = situation.inventory().units().of(app);
    ObservedUnit observed = situation.seen().unit(unit);
    if (UnitFiles.foreign(observed).isPresent() && !situation.inventory().knows(app)) {
      return;
    }
    if (UnitFiles.isAdopted(unit)) {
      giveBack(observed, why);
      return;
    }
    end(observed, why);
    String own = UnitFiles.own(unit);
    if (observed.files().stream().anyMatch(file -> file.path().equals(own))) {
      draft.add(new Plan.Remove(unit, own, why));
      draft.add(new Plan.Reload(unit.value()));
    }
  }

  /**
   * A service of the device goes on as its package has it: what was started with the drop-in, or
   * could not be, is started anew without it.
   */
  private void giveBack(ObservedUnit observed, String why) {
    UnitName unit = observed.name();
    String own = UnitFiles.own(unit);
    if (observed.files().stream().anyMatch(file -> file.path().equals(own) && file.marked())) {
      draft.add(new Plan.Remove(unit, own, why));
      draft.add(new Plan.Reload(unit.value()));
    }
    boolean confined =
        observed.processes().stream().anyMatch(process -> !process.generation().isEmpty())
            || !observed.loaded().generation().isEmpty();
    if (confined
        && (StateLayer.isUp(observed.loaded()) || StateLayer.hasFailed(observed.loaded()))) {
      draft.add(new Plan.Restart(unit, why));
    }
  }

  /** Runs no longer, and not after the next boot. */
  private void end(ObservedUnit observed, String why) {
    ObservedUnit.Loaded loaded = observed.loaded();
    if (StateLayer.isUp(loaded)
        || StateLayer.hasFailed(loaded)
        || !observed.processes().isEmpty()) {
      draft.add(new Plan.Stop(observed.name(), why));
    }
    if (loaded.unitFileState().startsWith("enabled")) {
      draft.add(new Plan.Disable(observed.name(), why));
    }
    for (ObservedUnit other : situation.seen().units().values()) {
      boolean its =
          observed.name().ownApp().filter(app -> AppTimer.isOf(app, other.name())).isPresent();
      if (its && TimerLayer.isUp(other)) {
        draft.add(new Plan.StopTimer(observed.name(), other.name(), why));
      }
    }
  }

  private void images() {
    var needed = new TreeSet<String>();
    for (CompiledApp desired : situation.desired()) {
      if (desired.spec().root() instanceof Root.Image image) {
        needed.add(image.digest().hex());
      }
    }
    situation
        .inventory()
        .apps()
        .forEach(
            (app, applied) -> {
              if (!orders.remove().contains(app)) {
                needed.add(applied.image());
              }
            });
    for (Map.Entry<String, StoredImage> image : situation.seen().images().entrySet()) {
      boolean known = Sha256.isValid(image.getKey()) && !needed.contains(image.getKey());
      if (known && !isInUse(image.getValue().path())) {
        draft.add(new Plan.RemoveImage(new Sha256(image.getKey()), "no app declares it any more"));
      }
    }
  }

  /** Whether a unit that stays has the image as its root, whatever the inventory says. */
  private boolean isInUse(String path) {
    for (ObservedUnit unit : situation.seen().units().values()) {
      boolean goes =
          situation
              .inventory()
              .units()
              .app(unit.name())
              .map(orders.remove()::contains)
              .orElse(false);
      boolean uses =
          unit.properties().get("RootImage") instanceof Raw.Str(String root) && root.equals(path);
      if (uses && !goes) {
        return true;
      }
    }
    return false;
  }
}
