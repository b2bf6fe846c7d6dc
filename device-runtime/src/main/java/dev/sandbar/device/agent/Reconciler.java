package dev.sandbar.device.agent;

import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.device.agent.ApplyStep.AppliedPlan;
import dev.sandbar.device.agent.ObserveStep.Observed;
import dev.sandbar.device.apply.Applier;
import dev.sandbar.device.fetch.EarlyFetches;
import dev.sandbar.device.health.HealthChecks;
import dev.sandbar.device.observe.Observer;
import dev.sandbar.device.store.ImageChecks;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;

/** Runs rounds. It has no thread and no clock of its own; the loop calls it. */
final class Reconciler {
  private final Inspections inspections;
  private final DecideStep decision;
  private final ObserveStep observation;
  private final PlanStep planning;
  private final ApplyStep application;
  private final RecordStep recording;
  private final OpenApps open;
  private final Versions versions;
  private final AppHealth health;
  private final EarlyFetches early;
  private final Consumer<SortedSet<String>> hosts;
  private final Consumer<SortedMap<AppName, Target>> broker;

  /**
   * For one connection to systemd.
   *
   * @param hosts hears which hosts are to be resolved
   * @param broker hears what each app is to be, before it is
   */
  Reconciler(
      AgentOptions options,
      Observer observer,
      ImageChecks images,
      SignatureGate signatures,
      Applier applier,
      DeviceFacts facts,
      HealthChecks checks,
      EarlyFetches fetches,
      Memory memory,
      ClockCheck clock,
      Consumer<SortedSet<String>> hosts,
      Consumer<SortedMap<AppName, Target>> broker) {
    this.early = fetches;
    this.hosts = hosts;
    this.broker = broker;
    inspections = new Inspections(observer, facts.systemdVersion());
    var conflicts = new ServiceConflicts(options.root());
    memory.runsOn(facts);
    versions = new Versions(memory, facts, signatures);
    var history =
        new AppHistory(
            memory,
            options.settle(),
            options.backoff()::after,
            conflicts::of,
            versions::withdrawal);
    var filters = new PortFilters(applier, inspections);
    var lateNodes = new LateNodes(options.root());
    var lateSockets = new LateSockets(options.root());
    health = new AppHealth(checks);
    open = new OpenApps(applier, memory, history, versions, inspections);
    decision = new DecideStep(memory, versions, open, images, signatures, inspections);
    observation =
        new ObserveStep(
            inspections,
            memory,
            history,
            versions,
            DenialHint.of(options),
            new HardwareWaits(options.settle()),
            health);
    var updates =
        new DeferredUpdates(
            memory,
            versions,
            options.settings().maintenance(),
            clock::isSet,
            new BusyFile(options.root())::isThere,
            fetches::want);
    planning =
        new PlanStep(
            memory,
            history,
            versions,
            inspections,
            filters,
            lateNodes,
            lateSockets,
            updates,
            options);
    application = new ApplyStep(applier, history, versions, open, inspections, filters, conflicts);
    recording =
        new RecordStep(
            history,
            versions,
            inspections,
            lateNodes,
            lateSockets,
            health,
            new UnitNotes(),
            new UnitNotes());
  }

  /**
   * Runs a round.
   *
   * @param only units that it is about; empty for everything
   * @param pause says of differences which units' drift is not corrected now
   * @param notice hears of the plan before it is done if it corrects drift
   */
  RoundResult round(
      Declared declared,
      SortedSet<UnitName> only,
      Function<List<Difference>, SortedSet<UnitName>> pause,
      Consumer<RoundPlan> notice,
      Instant now) {
    if (only.isEmpty()) {
      hosts.accept(versions.hosts(declared));
    }
    Decided decided = decision.decide(declared, only, now);
    Observed observed = observation.observe(decided);
    RoundPlan plan = planning.plan(observed, pause);
    if (plan.isTooNarrow()) {
      return round(declared, new TreeSet<>(), pause, notice, now);
    }
    if (decided.everything()) {
      early.endUnwanted();
    }
    broker.accept(plan.decided().targets());
    // A check that runs on would make anew what the removal of its app takes away.
    plan.orders().remove().forEach(health::forget);
    AppliedPlan applied = application.apply(plan, notice);
    return recording.record(applied);
  }

  /**
   * The result of a round is reported.
   *
   * @param everything whether it was about everything
   */
  void reported(RoundResult result, boolean everything) {
    inspections.reported(result.seen(), everything);
  }

  /**
   * Units that a round has to look at though nothing came in, since what was reported of them does
   * not hold any more; empty if it has to look at everything.
   */
  Optional<SortedSet<UnitName>> changed() {
    return inspections.changed();
  }

  /** Whether apps wait for their hardware, which a round about everything starts. */
  boolean waitForHardware() {
    return inspections.waitForHardware();
  }

  /** From now on the device is this. */
  void changed(DeviceFacts now) {
    versions.changed(now);
  }

  /** Units on the device that its owner denies, whatever the source says. */
  SortedSet<UnitName> denied(Instant now) {
    return decision.denied(now);
  }

  /** When a round has something to do though nothing comes in. */
  Duration untilOverdue() {
    return open.untilOverdue();
  }

  /** Units that a round has to look at now though nothing came in. */
  SortedSet<UnitName> overdue() {
    return open.overdue();
  }
}
