package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Compared;
import dev.sandbar.core.plan.IgnoredDifference;
import dev.sandbar.core.report.DirectiveCounts;
import dev.sandbar.core.report.Readiness;
import dev.sandbar.device.agent.ApplyStep.AppliedPlan;
import dev.sandbar.device.apply.Outcome;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Records what became of the apps, on disk. */
record RecordStep(
    AppHistory history,
    Versions versions,
    Inspections inspections,
    LateNodes lateNodes,
    LateSockets lateSockets,
    AppHealth health,
    UnitNotes foreign,
    UnitNotes refused) {

  RoundResult record(AppliedPlan applied) {
    RoundPlan plan = applied.plan();
    Decided decided = plan.decided();
    var outcomes = new TreeMap<UnitName, Outcome>(decided.concluded());
    outcomes.putAll(applied.outcomes());
    var units = new TreeSet<>(decided.units());
    units.removeAll(applied.busy().keySet());
    Instant now = decided.time();
    history.remember(
        decided.targets(),
        AppHistory.started(plan.plan()),
        applied.outcomes(),
        applied.seen(),
        now);
    history.forget(plan.orders().remove(), outcomes);
    history.deny(decided.targets(), outcomes, units);
    var directives = new TreeMap<UnitName, DirectiveCounts>();
    var exposures = new TreeMap<UnitName, String>();
    var ignored = new TreeMap<UnitName, List<IgnoredDifference>>();
    var readiness = new TreeMap<UnitName, Readiness>();
    // Also of what this round is not about: its conditions are reported all the same.
    for (Target target : decided.targets().values()) {
      if (target instanceof Target.Run run) {
        readiness.put(run.app().unit(), health.shown(run.app()));
      }
    }
    for (CompiledApp app : plan.desired()) {
      if (!units.contains(app.unit())) {
        continue;
      }
      Compared compared = inspections.compared(app, applied.seen(), true);
      directives.put(app.unit(), inspections.counts(app.unit()));
      exposures.put(app.unit(), inspections.exposure(app, applied.seen(), versions.facts()));
      ignored.put(app.unit(), compared.ignored());
      // What already is as declared, as after a crash of the agent, only has to be remembered.
      if (decided.targets().get(app.spec().name()) instanceof Target.Run run && run.newest()) {
        history.adopt(run, () -> compared.counted().isEmpty(), applied.seen(), now);
      }
      if (applied.remaining().getOrDefault(app.unit(), List.of()).isEmpty()) {
        history.restored(app.spec().name());
      }
    }
    history.changing(new TreeSet<>(applied.busy().keySet()));
    versions.keepOnlyRemembered();
    lateNodes.keepOnly(decided.targets().keySet());
    lateSockets.keepOnly(decided.targets().keySet());
    health.keepOnly(running(decided));
    foreign.seen(decided.everything(), decided.units(), plan.planned().foreign());
    var why = new TreeMap<UnitName, String>();
    plan.planned().refused().forEach((unit, it) -> why.put(unit, it.toString()));
    refused.seen(decided.everything(), decided.units(), why);
    return new RoundResult(
        decided.targets(),
        applied.seen(),
        applied.found(),
        applied.remaining(),
        plan.drifted(),
        plan.plan(),
        outcomes,
        applied.busy(),
        plan.prune().heldBack(),
        plan.prune().reason(),
        directives,
        exposures,
        ignored,
        readiness,
        foreign.notes(),
        refused.notes(),
        plan.undone());
  }

  private static Set<AppName> running(Decided decided) {
    var names = new HashSet<>(decided.targets().keySet());
    names.removeIf(
        name ->
            decided.targets().get(name) instanceof Target.Remove
                || decided.targets().get(name) instanceof Target.Deny);
    return names;
  }
}
