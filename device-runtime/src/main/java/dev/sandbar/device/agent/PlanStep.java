package dev.sandbar.device.agent;

import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Inventory;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Orders;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.core.plan.Planner;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.core.plan.Situation;
import dev.sandbar.device.agent.ObserveStep.Observed;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Plans what ends the differences, but for what is held back, suspended or paused. */
record PlanStep(
    Memory memory,
    AppHistory history,
    Versions versions,
    Inspections inspections,
    PortFilters filters,
    LateNodes lateNodes,
    LateSockets lateSockets,
    DeferredUpdates updates,
    AgentOptions options) {

  /**
   * Plans. Which removals are held back is on disk afterwards.
   *
   * @param pause says of differences which units' drift is not corrected now
   */
  RoundPlan plan(Observed observed, Function<List<Difference>, SortedSet<UnitName>> pause) {
    Decided before = observed.decided();
    Inventory inventory = history.inventory(versions::image);
    PruneGuard.Verdict prune = guarded(observed, inventory);
    SortedSet<AppName> suspended =
        Targets.suspended(before.targets(), before.suspension(), before.declared());
    SortedMap<AppName, String> undone = Undone.of(suspended, before.targets(), memory);
    var held = new TreeSet<>(prune.heldBack());
    held.addAll(suspended);
    held.addAll(
        updates.decide(
            before,
            held,
            apps -> applying(apps, inventory, observed.seen()),
            unit -> observed.seen().unit(unit).loaded().activeState().equals("failed")));
    Decided decided =
        before.with(
            Targets.holding(
                before.targets(), held, memory.records(), versions::compiled, before.now()));
    List<CompiledApp> desired = decided.desired();
    Observation seen = filters.restored(desired, decided.units(), observed.seen());
    var base = new TreeMap<>(BaseUnits.texts(options.settings().policy().limits()));
    base.keySet().removeAll(decided.open());
    var situation = new Situation(desired, base, inventory, seen, inspections.systemdVersion());
    Orders orders = orders(decided, suspended, prune);
    Planned planned = paused(situation, orders, pause);
    List<CompiledApp> free =
        desired.stream().filter(app -> !planned.isLeftAlone(app.unit())).toList();
    boolean certain = decided.everything() && decided.declared().complete();
    Plan plan =
        versions.keepingImages(planned.plan(), decided.declared(), seen, certain, orders.remove());
    if (decided.everything()) {
      List<CompiledApp> restarted =
          free.stream().filter(app -> !orders.suspended().contains(app.unit())).toList();
      plan = lateNodes.with(plan, restarted, inspections.withDue(seen));
      plan = lateSockets.with(plan, restarted, seen);
      plan.steps().forEach(this::noteStart);
    }
    return new RoundPlan(decided, situation, orders, planned, free, plan, prune, undone);
  }

  /** What it would take to apply these to the device as it was observed. */
  private Plan applying(List<CompiledApp> apps, Inventory inventory, Observation seen) {
    var situation =
        new Situation(apps, new TreeMap<>(), inventory, seen, inspections.systemdVersion());
    return Planner.plan(situation, Orders.AS_DECLARED, inspections).plan();
  }

  private void noteStart(Plan.Step step) {
    if (step instanceof Plan.Start start) {
      inspections.started(start.unit());
    }
  }

  private PruneGuard.Verdict guarded(Observed observed, Inventory inventory) {
    Decided decided = observed.decided();
    SortedSet<AppName> declared = decided.declared().names();
    PruneGuard.Source source = decided.declared().completeness();
    var owned = new TreeSet<>(inventory.owned(observed.seen()));
    owned.addAll(memory.records().keySet());
    var named = new TreeSet<>(decided.targets().keySet());
    named.removeIf(name -> decided.targets().get(name) instanceof Target.Remove);
    SortedSet<AppName> waiting = memory.waiting().of(owned);
    PruneGuard.Consent consent = options.consent().and(memory.consents(declared));
    PruneGuard.Verdict verdict = PruneGuard.judge(source, owned, named, waiting, consent);
    // On disk before anything new is applied: the next round would count that too.
    memory
        .waiting()
        .keep(
            PruneGuard.waiting(source, waiting, declared, verdict),
            decided.everything() && PruneGuard.waits(source));
    return verdict;
  }

  private Orders orders(Decided decided, SortedSet<AppName> suspended, PruneGuard.Verdict prune) {
    var remove = new TreeSet<>(decided.everything() ? prune.remove() : Set.<AppName>of());
    remove.removeAll(suspended);
    SortedMap<AppName, String> takeBack =
        Targets.takenBack(decided.targets(), memory.records(), suspended);
    remove.removeIf(name -> !decided.units().contains(memory.units().of(name)));
    takeBack.keySet().removeIf(name -> !decided.units().contains(memory.units().of(name)));
    return new Orders(
        remove,
        new TreeSet<>(),
        false,
        options.settings().removeState(),
        takeBack,
        Targets.untouched(suspended, decided.suspension(), memory.units()));
  }

  /** The plan without what has to wait; which that is shows only when the differences are known. */
  private Planned paused(
      Situation situation, Orders orders, Function<List<Difference>, SortedSet<UnitName>> pause) {
    Planned planned = Planner.plan(situation, orders, inspections);
    var differences = planned.differences().values().stream().flatMap(List::stream).toList();
    SortedSet<UnitName> paused = differences.isEmpty() ? new TreeSet<>() : pause.apply(differences);
    return paused.isEmpty()
        ? planned
        : Planner.plan(situation, orders.pausing(paused), inspections);
  }
}
