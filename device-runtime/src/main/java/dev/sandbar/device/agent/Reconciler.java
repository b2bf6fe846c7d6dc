package dev.sandbar.device.agent;

import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Differ;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Inventory;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Orders;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.core.plan.Planner;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.core.plan.Situation;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.agent.Suspensions.Suspended;
import dev.sandbar.device.apply.Applier;
import dev.sandbar.device.apply.Outcome;
import dev.sandbar.device.observe.Observer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One round: decide what each app shall be, look, plan, apply, look again. It has no thread and no
 * clock of its own; the loop calls it.
 */
final class Reconciler {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

  /** Above every app; what is set on them reaches the apps (systemd.resource-control(5)). */
  static final List<UnitName> SLICES = List.of(new UnitName("-.slice"), UnitName.SLICE);

  private final Observer observer;
  private final Applier applier;
  private DeviceFacts facts;
  private final Memory memory;
  private final Policy policy;
  private final AppHistory history;
  private final KnownDifferences known = new KnownDifferences();
  private final Recompiled recompiled;
  private final LateNodes lateNodes;
  private final AppImages images;
  private final LastGood lastGood;
  private final PortFilters filters;
  private final OpenApps open;
  private final ForeignUnits foreign = new ForeignUnits();

  /** Says which units' drift came back too soon after it was corrected. */
  interface Pause {
    SortedSet<UnitName> units(Collection<Difference> differences);
  }

  /**
   * What the device's owner decided.
   *
   * @param settle how long a new version must stay up before it counts as good
   * @param retry how long a version that failed so often rests
   * @param consent how many apps one change of the source may remove, if the owner says so
   * @param removeState whether what a removed app wrote goes with it
   */
  record Policy(
      Duration settle,
      IntFunction<Duration> retry,
      PruneGuard.Consent consent,
      boolean removeState) {}

  Reconciler(
      Path root,
      Observer observer,
      Applier applier,
      DeviceFacts facts,
      Memory memory,
      Policy policy) {
    this.lateNodes = new LateNodes(root);
    this.observer = observer;
    this.applier = applier;
    this.facts = facts;
    this.recompiled = new Recompiled(facts);
    this.memory = memory;
    this.policy = policy;
    this.history = new AppHistory(memory, policy.settle(), policy.retry());
    this.images = new AppImages(memory, recompiled);
    this.lastGood = new LastGood(memory, recompiled);
    this.filters = new PortFilters(applier, this::look);
    this.open = new OpenApps(applier, memory, history, lastGood, this::inspect);
  }

  /** From now on the device is this. */
  void changed(DeviceFacts now) {
    facts = now;
    recompiled.changed(now);
  }

  /**
   * Runs a round.
   *
   * @param only units to look at; empty for everything
   * @param pause says of differences which units' drift is not corrected now
   * @param notice hears of drift before anything is done about it
   */
  RoundResult round(
      Declared declared, SortedSet<UnitName> only, Pause pause, Notice notice, Instant now) {
    long begun = System.nanoTime();
    OpenApps.Concluded concluded = open.conclude(now);
    Suspended suspension = memory.lookAtSuspended(declared);
    SortedMap<AppName, Target> targets = decide(declared, now);
    // Of what has ended anything may have to follow, the rest of a removal too.
    boolean everything = only.isEmpty() || concluded.any();
    SortedSet<UnitName> units = everything ? allUnits(targets) : new TreeSet<>(only);
    units.removeAll(open.left(declared));
    Observation seen = everything ? sweep(units) : look(units);
    if (settle(units, seen, targets, now)) {
      targets = decide(declared, now);
    }
    Inventory inventory = inventory();
    PruneGuard.Verdict prune = prune(declared, targets, inventory, seen, everything);
    SortedSet<AppName> suspended = Targets.suspended(targets, suspension, declared);
    var held = new TreeSet<>(prune.heldBack());
    held.addAll(suspended);
    SortedMap<AppName, String> undone = Undone.of(suspended, targets, memory);
    targets = Targets.holding(targets, held, memory.records(), recompiled::of);
    List<CompiledApp> desired = desired(targets, units);
    seen = filters.restored(desired, units, seen);
    var situation = new Situation(desired, base(), inventory, seen, facts.systemdVersion());
    SortedSet<AppName> remove = names(everything ? prune.remove() : new TreeSet<>(), units);
    remove.removeAll(suspended);
    SortedMap<AppName, String> takeBack = Targets.takenBack(targets, memory.records(), suspended);
    takeBack.keySet().removeIf(name -> !units.contains(UnitName.of(name)));
    SortedSet<UnitName> untouched = Targets.untouched(suspended, suspension);
    var orders =
        new Orders(remove, new TreeSet<>(), false, policy.removeState(), takeBack, untouched);
    Planned planned = plan(situation, orders, pause);
    if (!everything && planned.correctsShared()) {
      return round(declared, new TreeSet<>(), pause, notice, now);
    }
    foreign.seen(everything, units, planned.foreign());
    desired.removeIf(app -> foreign.contains(app.unit()));
    SortedSet<UnitName> drifted = Drifted.of(planned.differences(), desired, inventory, seen);
    Plan plan = images.kept(planned.plan(), declared, everything, remove);
    if (everything) {
      plan =
          lateNodes.with(
              plan, desired.stream().filter(it -> !untouched.contains(it.unit())).toList(), seen);
      applier.holdSliceFilter();
    }
    SortedMap<UnitName, Outcome> outcomes = new TreeMap<>(concluded.outcomes());
    SortedMap<UnitName, List<Difference>> remaining = planned.differences();
    if (!plan.isEmpty()) {
      if (!drifted.isEmpty()) {
        notice.drifted(planned.differences(), drifted);
      }
      history.changing(names(Applier.units(plan)));
      SortedMap<UnitName, Outcome> done =
          applier.apply(
              plan, which -> inspect(desired, which), lastGood.former(targets, takeBack.keySet()));
      open.keep(targets);
      SortedSet<UnitName> busy = applier.underway();
      units.removeAll(busy);
      seen = look(units);
      remaining =
          differences(
              desired.stream().filter(app -> !busy.contains(app.unit())).toList(),
              situation.base(),
              seen);
      Instant after = now.plusNanos(System.nanoTime() - begun);
      history.remember(targets, AppHistory.started(plan), done, seen, after);
      outcomes.putAll(done);
    }
    Instant after = now.plusNanos(System.nanoTime() - begun);
    history.forget(remove, outcomes);
    history.deny(targets, outcomes, units);
    List<CompiledApp> settled = desired(targets, units);
    settled.removeIf(app -> foreign.contains(app.unit()));
    adopt(settled, targets, seen, after);
    for (CompiledApp app : settled) {
      if (remaining.getOrDefault(app.unit(), List.of()).isEmpty()) {
        history.restored(app.spec().name());
      }
    }
    history.changing(names(applier.underway()));
    recompiled.keepOnly(memory.records().values());
    lateNodes.keepOnly(targets.keySet());
    return new RoundResult(
        targets,
        seen,
        planned.differences(),
        remaining,
        drifted,
        plan,
        outcomes,
        applier.underway(),
        prune.heldBack(),
        prune.reason(),
        foreign.paths(),
        undone);
  }

  private static SortedSet<AppName> names(Collection<UnitName> units) {
    var names = new TreeSet<AppName>();
    units.forEach(unit -> unit.app().ifPresent(names::add));
    return names;
  }

  private static SortedSet<AppName> names(Collection<AppName> names, Set<UnitName> within) {
    var some = new TreeSet<>(names);
    some.removeIf(name -> !within.contains(UnitName.of(name)));
    return some;
  }

  /** The plan without what has to wait; which that is shows only when the differences are known. */
  private Planned plan(Situation situation, Orders orders, Pause pause) {
    Planned planned = Planner.plan(situation, orders, known);
    var differences = planned.differences().values().stream().flatMap(List::stream).toList();
    SortedSet<UnitName> paused = differences.isEmpty() ? new TreeSet<>() : pause.units(differences);
    return paused.isEmpty() ? planned : Planner.plan(situation, orders.pausing(paused), known);
  }

  /** The units that apps stand on, but for those that systemd still works on. */
  private SortedMap<UnitName, String> base() {
    var base = new TreeMap<>(BaseUnits.texts());
    base.keySet().removeAll(applier.underway());
    return base;
  }

  /** When a round has something to do though nothing comes in. */
  Duration untilOverdue() {
    return open.untilOverdue();
  }

  /** Units that a round has to look at now though nothing came in. */
  SortedSet<UnitName> overdue() {
    return open.overdue();
  }

  private SortedMap<AppName, Target> decide(Declared declared, Instant now) {
    return Targets.decide(declared, memory, recompiled::of, now);
  }

  /** Also units that nobody remembers: a crash between writing and remembering leaves them. */
  private SortedSet<UnitName> allUnits(SortedMap<AppName, Target> targets) {
    var units = new TreeSet<>(observer.apps());
    targets.keySet().forEach(name -> units.add(UnitName.of(name)));
    return units;
  }

  private Observation look(SortedSet<UnitName> units) {
    return observer.observe(withTarget(units), SLICES);
  }

  private Observation sweep(SortedSet<UnitName> units) {
    known.keepOnly(units);
    return observer.sweep(withTarget(units), SLICES);
  }

  private static SortedSet<UnitName> withTarget(SortedSet<UnitName> units) {
    var all = new TreeSet<>(units);
    all.add(UnitName.TARGET);
    return all;
  }

  private static List<CompiledApp> desired(
      SortedMap<AppName, Target> targets, SortedSet<UnitName> units) {
    var desired = new ArrayList<CompiledApp>();
    for (Target target : targets.values()) {
      if (target instanceof Target.Run run && units.contains(run.app().unit())) {
        desired.add(run.app());
      }
    }
    return desired;
  }

  /**
   * Judges versions whose time of trial is over, or that fell over before; true if that changes a
   * target.
   */
  private boolean settle(
      SortedSet<UnitName> units,
      Observation seen,
      SortedMap<AppName, Target> targets,
      Instant now) {
    boolean changed = false;
    for (AppRecord record : List.copyOf(memory.records().values())) {
      var unit = UnitName.of(record.name());
      if (!(record.trial() instanceof Trial.Settling settling)
          || !units.contains(unit)
          || targets.get(record.name()) instanceof Target.Deny) {
        continue;
      }
      switch (Trials.judge(settling, Trials.unit(seen, unit), now)) {
        case STILL_SETTLING -> {}
        case PROVED -> memory.put(record.proved(settling.version()));
        case FELL_OVER -> {
          if (memory.suspended().covers(record.name())) {
            continue;
          }
          Sha256 version = settling.version().generation();
          history.failed(record, version, "start", Trials.why(Trials.unit(seen, unit)), now);
          changed = true;
        }
      }
    }
    return changed;
  }

  /** What was applied, a version under trial included: from then on a difference is drift. */
  private Inventory inventory() {
    var applied = new TreeMap<AppName, Inventory.Applied>();
    for (AppRecord record : memory.records().values()) {
      if (!history.isRestoring(record.name())) {
        record
            .current()
            .ifPresent(
                v ->
                    applied.put(
                        record.name(), new Inventory.Applied(v.generation(), images.of(v))));
      }
    }
    return new Inventory(applied);
  }

  private PruneGuard.Verdict prune(
      Declared declared,
      SortedMap<AppName, Target> targets,
      Inventory inventory,
      Observation seen,
      boolean everything) {
    var owned = new TreeSet<>(inventory.owned(seen));
    owned.addAll(memory.records().keySet());
    var named = new TreeSet<AppName>();
    targets.forEach(
        (name, target) -> {
          if (!(target instanceof Target.Remove)) {
            named.add(name);
          }
        });
    PruneGuard.Source source = declared.completeness();
    SortedSet<AppName> waiting = memory.waiting().of(owned);
    PruneGuard.Consent consent = policy.consent().and(memory.consents(declared.names()));
    PruneGuard.Verdict verdict = PruneGuard.judge(source, owned, named, waiting, consent);
    // On disk before anything new is applied: the next round would count that too.
    memory
        .waiting()
        .keep(
            PruneGuard.waiting(source, waiting, declared.names(), verdict),
            everything && PruneGuard.waits(source));
    return verdict;
  }

  private Map<UnitName, List<Difference>> inspect(
      List<CompiledApp> desired, Collection<UnitName> which) {
    Observation seen = look(new TreeSet<>(which));
    var wanted = desired.stream().filter(app -> which.contains(app.unit())).toList();
    return differences(wanted, new TreeMap<>(), seen);
  }

  private SortedMap<UnitName, List<Difference>> differences(
      List<CompiledApp> desired, SortedMap<UnitName, String> base, Observation seen) {
    var differences = new TreeMap<UnitName, List<Difference>>();
    base.forEach(
        (unit, text) ->
            differences.put(unit, Differ.base(unit, text, seen, facts.systemdVersion())));
    desired.forEach(
        app -> differences.put(app.unit(), known.app(app, seen, facts.systemdVersion())));
    return differences;
  }

  /**
   * What already is as declared, for example after a crash of the agent, only has to be remembered.
   */
  private void adopt(
      List<CompiledApp> desired,
      SortedMap<AppName, Target> targets,
      Observation seen,
      Instant now) {
    for (CompiledApp app : desired) {
      if (targets.get(app.spec().name()) instanceof Target.Run run && run.newest()) {
        history.adopt(
            run, () -> Differ.app(app, seen, facts.systemdVersion()).isEmpty(), seen, now);
      }
    }
  }
}
