package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.device.apply.Applier;
import dev.sandbar.device.apply.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Apps that nothing is planned for just now: a job of theirs goes on, or the agent before this one
 * was killed in the middle of a change.
 */
final class OpenApps {

  /** As long as a source needs to say what an app that was changed half shall be. */
  private static final Duration GRACE = Duration.ofSeconds(20);

  private final Applier applier;
  private final Memory memory;
  private final AppHistory history;
  private final Versions versions;
  private final Inspections inspections;
  private final long opened = System.nanoTime();

  /** What they shall be once it has ended; one that is being removed is absent. */
  private final SortedMap<AppName, Target.Run> waiting = new TreeMap<>();

  private boolean holding;

  /**
   * What became of units that were left open.
   *
   * @param any whether any of them is free again
   */
  record Concluded(SortedMap<UnitName, Outcome> outcomes, boolean any) {}

  OpenApps(
      Applier applier,
      Memory memory,
      AppHistory history,
      Versions versions,
      Inspections inspections) {
    this.applier = applier;
    this.memory = memory;
    this.history = history;
    this.versions = versions;
    this.inspections = inspections;
  }

  /** Takes in what has ended since: it counts for what was wanted when it was begun. */
  Concluded conclude(Instant now) {
    SortedSet<UnitName> before = applier.underway();
    if (before.isEmpty()) {
      return new Concluded(new TreeMap<>(), false);
    }
    var targets = new TreeMap<AppName, Target>(waiting);
    for (UnitName unit : before) {
      memory.units().app(unit).ifPresent(name -> targets.putIfAbsent(name, new Target.Remove()));
    }
    List<CompiledApp> wanted = waiting.values().stream().map(Target.Run::app).toList();
    SortedMap<UnitName, Outcome> outcomes =
        applier.conclude(
            new RoundInspector(inspections, wanted, history.inventory(versions::image)),
            versions.former(targets, new TreeSet<>()));
    history.remember(targets, outcomes.keySet(), outcomes, Observation.NOTHING, now);
    SortedSet<UnitName> left = applier.underway();
    waiting.keySet().removeIf(name -> !left.contains(memory.units().of(name)));
    return new Concluded(outcomes, !left.containsAll(before));
  }

  /**
   * Ends fetches of images that are not what is declared now: what was withdrawn, changed or denied
   * waits for no server. What stands in for a version that is held back is fetched to its end.
   *
   * @return whether any app is free again
   */
  boolean cancelFetches(SortedMap<AppName, Target> targets) {
    boolean any =
        applier.cancelFetches(
            (unit, image) ->
                memory.units().app(unit).filter(app -> isNeeded(image, app, targets)).isPresent());
    if (any) {
      SortedSet<UnitName> left = applier.underway();
      waiting.keySet().removeIf(name -> !left.contains(memory.units().of(name)));
    }
    return any;
  }

  private boolean isNeeded(Plan.StoreImage image, AppName app, SortedMap<AppName, Target> targets) {
    Target target = targets.getOrDefault(app, new Target.Remove());
    Target.Run begun = waiting.get(app);
    return switch (target) {
      case Target.Remove _, Target.Deny _ -> false;
      case Target.Run run when isOf(image, run) -> true;
      case Target.Run _, Target.Hold _ -> begun != null && !begun.newest() && isOf(image, begun);
    };
  }

  private static boolean isOf(Plan.StoreImage fetched, Target.Run run) {
    return run.app().spec().root() instanceof Root.Image image
        && image.source().equals(fetched.source())
        && image.digest().equals(fetched.digest())
        && image.rootHash().equals(fetched.rootHash());
  }

  /** Keeps in mind what those that are open shall be. */
  void keep(SortedMap<AppName, Target> targets) {
    for (UnitName unit : applier.underway()) {
      memory
          .units()
          .app(unit)
          .ifPresent(
              name -> {
                if (targets.get(name) instanceof Target.Run run) {
                  waiting.putIfAbsent(name, run);
                }
              });
    }
  }

  /**
   * Units that nothing is planned for. What was changed half is left until the source says what it
   * shall be, else it would be put back only to be changed again.
   *
   * @param denied what the policy denies waits for no source
   */
  SortedSet<UnitName> left(Declared declared, Set<UnitName> denied) {
    SortedSet<UnitName> left = applier.underway();
    holding = declared == Declared.NOTHING && !graceLeft().isZero() && !halfChanged().isEmpty();
    if (holding) {
      SortedSet<UnitName> half = halfChanged();
      half.removeAll(denied);
      left.addAll(half);
    }
    return left;
  }

  private SortedSet<UnitName> halfChanged() {
    var units = new TreeSet<UnitName>();
    memory.records().keySet().stream()
        .filter(history::isRestoring)
        .forEach(name -> units.add(memory.units().of(name)));
    return units;
  }

  private Duration graceLeft() {
    Duration left = GRACE.minusNanos(System.nanoTime() - opened);
    return left.isNegative() ? Duration.ZERO : left;
  }

  Duration untilOverdue() {
    Duration jobs = applier.untilOverdue();
    return holding && graceLeft().compareTo(jobs) < 0 ? graceLeft() : jobs;
  }

  SortedSet<UnitName> overdue() {
    var units = new TreeSet<UnitName>();
    if (untilOverdue().isZero()) {
      units.addAll(applier.underway());
      if (holding) {
        units.addAll(halfChanged());
      }
    }
    return units;
  }
}
