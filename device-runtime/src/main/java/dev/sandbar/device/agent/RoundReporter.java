package dev.sandbar.device.agent;

import dev.sandbar.core.compile.HostNotes;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Differ;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.report.AppStatus;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Conditions;
import dev.sandbar.core.report.Corrections;
import dev.sandbar.core.report.Drift;
import dev.sandbar.core.report.DriftFold;
import dev.sandbar.core.report.DriftKey;
import dev.sandbar.core.report.Health;
import dev.sandbar.core.report.Progress;
import dev.sandbar.core.report.Readiness;
import dev.sandbar.core.report.Reason;
import dev.sandbar.core.report.Runs;
import dev.sandbar.core.report.Suspension;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.apply.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folds rounds into drifts, conditions and corrections, and reports what begins and ends. */
final class RoundReporter {
  private static final Logger LOG = LoggerFactory.getLogger(RoundReporter.class);

  private final Memory memory;
  private final DriftReporter signals;
  private final Backoff backoff;
  private final SortedMap<AppName, AppReport> reports = new TreeMap<>();
  private final Map<AppName, Outcome.Unfinished> unremoved = new TreeMap<>();

  /** Units whose correction was begun and goes on. */
  private final SortedSet<UnitName> correcting = new TreeSet<>();

  private final LoadedGrants granted;
  private final ReadyLog log = new ReadyLog();
  private Corrections corrections = Corrections.NONE;

  RoundReporter(Memory memory, DriftReporter signals, Backoff backoff) {
    this.memory = memory;
    this.signals = signals;
    this.backoff = backoff;
    this.granted = new LoadedGrants(memory);
  }

  /** All of the revision was looked at. */
  void looked(Declared declared) {
    log.revision(declared, reports.values());
  }

  SortedMap<AppName, AppReport> reports() {
    return Collections.unmodifiableSortedMap(reports);
  }

  /** Whether every app is ready, and nothing waits for a time or a person. */
  boolean isSettled() {
    return memory.waits().all().isEmpty()
        && reports.values().stream()
            .allMatch(
                report ->
                    report
                        .condition(Condition.Type.READY)
                        .filter(ready -> ready.status() == Condition.Status.TRUE)
                        .isPresent());
  }

  /** Units of these differences whose drift came back too soon after it was corrected. */
  SortedSet<UnitName> paused(Collection<Difference> differences, Instant now) {
    return corrections.paused(differences, backoff, now);
  }

  /** When a paused correction is due; {@link Instant#MAX} if none waits. */
  Instant nextCorrection(Instant now) {
    List<Difference> lasting = lasting();
    Instant next = corrections.nextAttempt(lasting, backoff, now);
    return next.isAfter(now) ? next : Instant.MAX;
  }

  /** The clock was set by so much. */
  void shift(Duration step) {
    corrections = corrections.shifted(step);
  }

  private List<Difference> lasting() {
    return reports.values().stream()
        .flatMap(report -> report.drifts().stream())
        .map(Drift::difference)
        .toList();
  }

  /** Everything that drifts now, by app. */
  SortedMap<AppName, List<Drift>> drifts() {
    var drifts = new TreeMap<AppName, List<Drift>>();
    reports.forEach((name, report) -> drifts.put(name, report.drifts()));
    return drifts;
  }

  /** Takes in what is about to be put right. */
  void notice(
      SortedMap<UnitName, List<Difference>> found, SortedSet<UnitName> drifted, Instant now) {
    SortedSet<DriftKey> fights = corrections.fights(now);
    for (UnitName unit : drifted) {
      memory
          .units()
          .app(unit)
          .ifPresent(name -> drift(name, found.getOrDefault(unit, List.of()), fights, now));
    }
  }

  /** Takes a round in. */
  void fold(RoundResult round, Instant now) {
    countCorrections(round, now);
    countRemovals(round);
    SortedSet<DriftKey> fights = corrections.fights(now);
    for (var entry : round.found().entrySet()) {
      UnitName unit = entry.getKey();
      memory
          .units()
          .app(unit)
          .ifPresent(
              name -> {
                boolean drifted = round.drifted().contains(unit);
                drift(name, drifted ? entry.getValue() : List.of(), fights, now);
                if (round.busy().containsKey(unit)) {
                  return;
                }
                List<Difference> left = round.remaining().getOrDefault(unit, List.of());
                boolean stands =
                    isApplied(round, name)
                        || (drifted
                            && !(round.outcomes().get(unit) instanceof Outcome.NotEnforced));
                drift(name, stands ? left : List.of(), fights, now);
              });
    }
    for (AppName name : round.targets().keySet()) {
      if (memory.get(name).isTakenBackToNothing()
          || round.targets().get(name) instanceof Target.Deny) {
        // What is not to be there cannot drift, whatever it did before it fell over.
        drift(name, List.of(), fights, now);
      }
    }
    reports.keySet().removeIf(name -> gone(name, round, now));
    round
        .targets()
        .forEach(
            (name, target) -> {
              if (!isGone(name, round)) {
                conditions(name, target, round, fights, now);
              }
            });
    signals.count(reports.values().stream().map(known -> known.evidence().directives()).toList());
  }

  private boolean gone(AppName name, RoundResult round, Instant now) {
    boolean gone = isGone(name, round);
    if (gone) {
      signals.forget(name, now);
    }
    return gone;
  }

  private boolean isGone(AppName name, RoundResult round) {
    return round.targets().get(name) instanceof Target.Remove && !memory.records().containsKey(name)
        || !round.targets().containsKey(name);
  }

  private boolean isApplied(RoundResult round, AppName name) {
    Outcome outcome = round.outcomes().getOrDefault(memory.units().of(name), new Outcome.Done());
    return !(outcome instanceof Outcome.TakenBack || outcome instanceof Outcome.NotEnforced)
        && round.targets().get(name) instanceof Target.Run;
  }

  /** A round that looked elsewhere says nothing of a removal that failed before. */
  private void countRemovals(RoundResult round) {
    round
        .outcomes()
        .forEach(
            (unit, outcome) -> {
              if (outcome instanceof Outcome.Underway) {
                return;
              }
              if (outcome instanceof Outcome.Unfinished unfinished) {
                memory.units().app(unit).ifPresent(name -> unremoved.put(name, unfinished));
              } else {
                memory.units().app(unit).ifPresent(unremoved::remove);
              }
            });
    unremoved.keySet().removeIf(name -> !(round.targets().get(name) instanceof Target.Remove));
  }

  private void countCorrections(RoundResult round, Instant now) {
    var corrected = new ArrayList<Difference>();
    round
        .outcomes()
        .forEach(
            (unit, outcome) -> {
              boolean drifted = round.drifted().contains(unit);
              if (drifted) {
                corrected.addAll(round.found().getOrDefault(unit, List.of()));
              }
              if (outcome instanceof Outcome.Underway) {
                if (drifted) {
                  correcting.add(unit);
                }
              } else if (correcting.remove(unit) || drifted) {
                boolean held =
                    outcome instanceof Outcome.Done
                        && round.remaining().getOrDefault(unit, List.of()).isEmpty();
                signals.corrected(unit, held);
              }
            });
    if (!corrected.isEmpty()) {
      SortedSet<DriftKey> before = corrections.fights(now);
      corrections = corrections.after(corrected, now);
      for (DriftKey fight : corrections.fights(now)) {
        if (!before.contains(fight)) {
          LOG.warn(
              "unit={} action=fight subject={} something undoes every correction",
              fight.unit(),
              fight.subject());
          signals.fight();
        }
      }
    }
  }

  private void drift(
      AppName name, Collection<Difference> seen, SortedSet<DriftKey> fights, Instant now) {
    AppReport before = reports.getOrDefault(name, AppReport.NOTHING);
    DriftFold.Folded folded = DriftFold.fold(before.drifts(), seen, now);
    reports.put(name, new AppReport(folded.current(), before.conditions(), before.evidence()));
    signals.drift(name, folded, fights, memory.revision(name), now);
  }

  private void conditions(
      AppName name, Target target, RoundResult round, SortedSet<DriftKey> fights, Instant now) {
    AppReport before = reports.getOrDefault(name, AppReport.NOTHING);
    var ours = new TreeSet<DriftKey>();
    before.drifts().stream().map(Drift::key).filter(fights::contains).forEach(ours::add);
    fights.stream().filter(key -> key.unit().equals(memory.units().of(name))).forEach(ours::add);
    var unit = round.seen().units().get(memory.units().of(name));
    boolean foreign = round.foreign().containsKey(memory.units().of(name));
    Health health =
        foreign
            ? new Health.Unknown()
            : unit == null
                ? healthBefore(before)
                : health(unit, target, round)
                    .asked(
                        round.readiness().getOrDefault(unit.name(), new Readiness.Ready()),
                        memory.get(name).trial() instanceof Trial.Settling);
    Progress progress =
        Optional.ofNullable(unremoved.get(name))
            .map(Verdicts::removing)
            .orElseGet(
                () ->
                    Verdicts.waiting(
                        Verdicts.progress(memory.get(name), memory.units().of(name), target, round),
                        Optional.ofNullable(memory.waits().all().get(name))));
    var status =
        new AppStatus(
            memory.revision(name),
            progress,
            health,
            Optional.ofNullable(round.suspended().get(name))
                .map(Suspension::of)
                .orElse(Suspension.NONE),
            before.drifts(),
            ours,
            target instanceof Target.Run run ? HostNotes.unresolved(run.app()) : "");
    SortedMap<Condition.Type, Condition> next = Conditions.fold(before.conditions(), status, now);
    var report = new AppReport(before.drifts(), next, evidence(name, target, round, before));
    reports.put(name, report);
    report
        .condition(Condition.Type.READY)
        .ifPresent(
            ready ->
                log.app(
                    name, before.conditions().get(Condition.Type.READY), ready, memory.get(name)));
    signals.ready(name, report);
  }

  private static Health health(ObservedUnit unit, Target target, RoundResult round) {
    if (!(target instanceof Target.Run run)) {
      return Health.of(unit);
    }
    List<String> missing = round.seen().plugged().missing(run.app());
    return missing.isEmpty()
        ? Runs.of(run.app(), round.seen()).orElseGet(() -> Health.of(unit))
        : Health.of(unit, missing);
  }

  /** A round that looked elsewhere knows of the processes what was known before. */
  private AppReport.Evidence evidence(
      AppName name, Target target, RoundResult round, AppReport before) {
    if (!(target instanceof Target.Run run)) {
      return AppReport.Evidence.none(target instanceof Target.Deny, granted.of(name));
    }
    AppSpec spec = run.app().spec();
    UnitName unit = memory.units().of(name);
    AppReport.Evidence known = before.evidence();
    return new AppReport.Evidence(
        false,
        List.copyOf(run.app().notEnforced()),
        Optional.ofNullable(round.seen().units().get(unit))
            .map(seen -> Differ.unasked(run.app(), seen))
            .orElse(known.unasked()),
        granted.of(name),
        round.directives().getOrDefault(unit, known.directives()),
        spec.at().file(),
        spec.drift(),
        round.ignored().getOrDefault(unit, known.ignored()),
        round.exposures().getOrDefault(unit, known.exposure()),
        run.app().hosts());
  }

  /** A round that looked elsewhere knows of an app what was known before. */
  private static Health healthBefore(AppReport before) {
    return before
        .condition(Condition.Type.HEALTHY)
        .map(RoundReporter::health)
        .orElseGet(Health.Unknown::new);
  }

  private static Health health(Condition healthy) {
    return switch (healthy.status()) {
      case TRUE ->
          healthy.is(Reason.SCHEDULED)
              ? new Health.Scheduled(healthy.message())
              : new Health.Healthy();
      case FALSE ->
          healthy.is(Reason.HARDWARE_MISSING)
              ? new Health.Waiting(healthy.message())
              : new Health.Unhealthy(healthy.message());
      case UNKNOWN -> healthy.is(Reason.PROGRESSING) ? new Health.Starting() : new Health.Unknown();
    };
  }
}
