package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.device.agent.AppRecord.Trial;
import java.util.List;

/** Observes the units of a round, and judges by that the new versions on probation. */
record ObserveStep(
    Inspections inspections,
    Memory memory,
    AppHistory history,
    Versions versions,
    DenialHint hint,
    HardwareWaits waits) {

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
      if (record.trial() instanceof Trial.Settling settling && isJudged(record, decided)) {
        fell |= fellOver(record, settling, seen, decided);
      }
    }
    return new Observed(
        fell
            ? decided.with(
                Targets.decide(decided.declared(), memory, versions::compiled, decided.now()))
            : decided,
        seen);
  }

  private boolean isJudged(AppRecord record, Decided decided) {
    return decided.units().contains(memory.units().of(record.name()))
        && !(decided.targets().get(record.name()) instanceof Target.Deny);
  }

  private boolean fellOver(
      AppRecord record, Trial.Settling settling, Observation seen, Decided decided) {
    ObservedUnit unit = seen.unit(memory.units().of(record.name()));
    ObservedUnit.Loaded loaded = unit.loaded();
    if (isWithoutHardware(settling.version(), seen)) {
      waits.waiting(record.name(), decided.now());
      return false;
    }
    if (loaded.hasFallenOver(settling.restarts())) {
      if (decided.suspension().covers(record.name())) {
        return false;
      }
      String why = loaded.whyFallenOver(record.name(), unit.name()) + hinted(settling.version());
      history.failed(record, settling.version().generation(), "start", why, decided.now());
      return true;
    }
    // One that somebody stopped or masked by hand has not fallen over; that is drift.
    if (loaded.activeState().equals("active")
        && !decided.now().isBefore(settling.until())
        && !waits.isTooSoon(record.name(), decided.now())
        && isEnforced(settling.version(), seen)) {
      waits.forget(record.name());
      memory.put(record.proved(settling.version()));
    }
    return false;
  }

  /** What becomes of a program whose hardware is pulled out says nothing of its version. */
  private boolean isWithoutHardware(Version version, Observation seen) {
    return versions.compiled(version) instanceof Compilation.Compiled(var app, _)
        && !seen.plugged().missing(app).isEmpty();
  }

  private String hinted(Version version) {
    return versions.compiled(version) instanceof Compilation.Compiled(var app, _)
        ? hint.of(app, versions.facts())
        : "";
  }

  /** What the kernel does not hold at the end of its trial has not proved itself. */
  private boolean isEnforced(Version version, Observation seen) {
    return versions.compiled(version) instanceof Compilation.Compiled(var app, _)
        && inspections.compared(app, seen, true).counted().stream()
            .noneMatch(difference -> difference.subject().isEnforcement());
  }
}
