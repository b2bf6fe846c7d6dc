package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.report.Readiness;
import dev.sandbar.core.report.Runs;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import java.util.List;
import java.util.Optional;

/** Observes the units of a round, and judges by that the new versions on probation. */
record ObserveStep(
    Inspections inspections,
    Memory memory,
    AppHistory history,
    Versions versions,
    DenialHint hint,
    HardwareWaits waits,
    AppHealth health) {

  /** The step of a version that stays up and is not ready. */
  private static final String HEALTH = "health";

  /**
   * What a round is about, and how the device is.
   *
   * @param decided as it is after new versions were judged
   */
  record Observed(Decided decided, Observation seen) {}

  /** Observes; where a version fell over, what stands in for it is the target from here on. */
  Observed observe(Decided decided) {
    Observation seen =
        decided.everything()
            ? inspections.sweep(decided.units())
            : inspections.observe(decided.units());
    boolean fell = false;
    for (AppRecord record : List.copyOf(memory.records().values())) {
      if (isJudged(record, decided)) {
        fell |= judged(record, seen, decided);
      }
    }
    return new Observed(
        fell
            ? decided.with(
                Targets.decide(
                    decided.declared(),
                    memory,
                    versions::compiled,
                    versions.facts().policy(),
                    decided.now()))
            : decided,
        seen);
  }

  private boolean isJudged(AppRecord record, Decided decided) {
    return decided.units().contains(memory.units().of(record.name()))
        && !(decided.targets().get(record.name()) instanceof Target.Deny);
  }

  /** Whether its version was taken back. */
  private boolean judged(AppRecord record, Observation seen, Decided decided) {
    Optional<CompiledApp> current = record.current().flatMap(this::compiled);
    if (current.isEmpty()) {
      return record.trial() instanceof Trial.Settling settling
          && fellUnread(record, settling, seen, decided);
    }
    CompiledApp app = current.get();
    ObservedUnit.Loaded loaded = seen.unit(app.unit()).loaded();
    if (!seen.plugged().missing(app).isEmpty()) {
      // What becomes of a program whose hardware is pulled out says nothing of its version.
      health.forget(record.name());
      if (record.trial() instanceof Trial.Settling) {
        waits.waiting(record.name(), decided.now());
      }
      return false;
    }
    health.follow(record, app, loaded);
    if (record.trial() instanceof Trial.Settling settling) {
      return fellOver(record, settling, app, seen, decided);
    }
    return record.lastGood() instanceof Past.Good && fellLater(record, app, seen, decided);
  }

  /** What no longer compiles can fall over all the same. */
  private boolean fellUnread(
      AppRecord record, Trial.Settling settling, Observation seen, Decided decided) {
    ObservedUnit unit = seen.unit(memory.units().of(record.name()));
    if (!unit.loaded().hasFallenOver(settling.restarts(), 0)
        || decided.suspension().covers(record.name())
        || Versions.health(settling.version()).staysWhenFailed()) {
      return false;
    }
    String why = unit.loaded().whyFallenOver(record.name(), unit.name());
    history.failed(record, settling.version().generation(), AppHistory.START, why, decided.now());
    return true;
  }

  private boolean fellOver(
      AppRecord record,
      Trial.Settling settling,
      CompiledApp app,
      Observation seen,
      Decided decided) {
    ObservedUnit.Loaded loaded = seen.unit(app.unit()).loaded();
    HealthSpec declared = app.spec().health();
    boolean down =
        loaded.hasFallenOver(
            health.restartsBefore(app, settling.restarts()), declared.maxRestarts());
    Readiness readiness = declared.isChecked() ? health.of(app) : new Readiness.Ready();
    if (down || readiness instanceof Readiness.Failing) {
      if (decided.suspension().covers(record.name())) {
        return false;
      }
      String late = "it was not ready within %d s: %s";
      String why =
          (!down && readiness instanceof Readiness.Failing(String reason)
                  ? late.formatted(declared.within().toSeconds(), reason)
                  : loaded.whyFallenOver(record.name(), app.unit()))
              + hinted(app, seen);
      if (declared.staysWhenFailed()) {
        health.stays(app, why, loaded.restarts());
        waits.waiting(record.name(), decided.now());
        return false;
      }
      history.fell(record, app, down ? AppHistory.START : HEALTH, why, decided.now());
      health.forget(record.name());
      return true;
    }
    // One that somebody stopped or masked by hand has not fallen over; that is drift.
    // That a run had not what it needs is said of the app, and is no fault of its version.
    boolean stands = loaded.activeState().equals("active") || Runs.waits(app, seen);
    if (stands
        && readiness instanceof Readiness.Ready
        && !decided.now().isBefore(settling.until())
        && !waits.isTooSoon(record.name(), declared.settle(), decided.now())
        && isEnforced(app, seen)) {
      waits.forget(record.name());
      health.proved(record.name());
      memory.put(record.proved(settling.version(), declared.keepsEarlier()));
    }
    return false;
  }

  /** A version that proved itself goes if its spec says so and there is one to go back to. */
  private boolean fellLater(AppRecord record, CompiledApp app, Observation seen, Decided decided) {
    ObservedUnit.Loaded loaded = seen.unit(app.unit()).loaded();
    boolean loops = health.restartsTooOften(record.name(), loaded, decided.now());
    Readiness readiness = health.of(app);
    if (record.earlier().isEmpty()
        || !app.spec().health().keepsEarlier()
        || decided.suspension().covers(record.name())
        || !(loops || readiness instanceof Readiness.Failing)) {
      return false;
    }
    String why =
        !loops && readiness instanceof Readiness.Failing(String reason)
            ? "it was ready and no longer is: " + reason
            : loaded.whyFallenOver(record.name(), app.unit());
    history.fellLater(record, app, why + hinted(app, seen));
    health.forget(record.name());
    return true;
  }

  private String hinted(CompiledApp app, Observation seen) {
    return hint.of(app, versions.facts(), seen.unit(app.unit()));
  }

  private Optional<CompiledApp> compiled(Version version) {
    return versions.compiled(version) instanceof Compilation.Compiled(var app, _)
        ? Optional.of(app)
        : Optional.empty();
  }

  /** What the kernel does not hold at the end of its trial has not proved itself. */
  private boolean isEnforced(CompiledApp app, Observation seen) {
    return inspections.compared(app, seen, true).counted().stream()
        .noneMatch(difference -> difference.subject().isEnforcement());
  }
}
