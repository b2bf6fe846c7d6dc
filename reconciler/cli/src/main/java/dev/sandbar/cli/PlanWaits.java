package dev.sandbar.cli;

import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.core.window.Maintenance;
import dev.sandbar.core.window.UpdateGate;
import dev.sandbar.device.agent.AppliedManifest;
import dev.sandbar.device.agent.BusyFile;
import dev.sandbar.device.agent.Holds;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What of a plan the agent of the device would not do at once, and what it would wait for. */
final class PlanWaits {

  private PlanWaits() {}

  /** Units that a plan starts anew; what has failed cannot be interrupted. */
  static Set<UnitName> started(Planned planned, Observation seen) {
    var started = new HashSet<UnitName>();
    for (Plan.Step step : planned.plan().steps()) {
      if (step instanceof Plan.JobStep job
          && !seen.unit(job.unit()).loaded().activeState().equals("failed")) {
        started.add(job.unit());
      }
    }
    return started;
  }

  /**
   * By app.
   *
   * @param started units that the plan starts anew
   * @param store of the device that the plan is for
   * @param device what its owner says of updates
   * @param busy what its apps say of themselves
   */
  static SortedMap<AppName, String> of(
      PlanSource source,
      Set<UnitName> started,
      StateStore store,
      Maintenance device,
      BusyFile busy,
      Instant now)
      throws IOException {
    SortedMap<AppName, Holds.Hold> holds = Holds.read(store);
    var waits = new TreeMap<AppName, String>();
    for (CompiledApp app : source.compiled().apps()) {
      AppName name = app.spec().name();
      Optional<Sha256> applied = AppliedManifest.generation(store, name);
      if (applied.isEmpty() || applied.get().equals(app.generation())) {
        continue; // A first version, or drift.
      }
      Holds.Hold hold = holds.get(name);
      if (hold != null) {
        waits.put(name, hold.message() + " " + name);
      } else if (started.contains(app.unit())
          && verdict(device, app, busy, now) instanceof UpdateGate.Verdict.Closed(_, var message)) {
        waits.put(name, message);
      }
    }
    return waits;
  }

  private static UpdateGate.Verdict verdict(
      Maintenance device, CompiledApp app, BusyFile busy, Instant now) {
    Maintenance own = app.spec().maintenance();
    var gate = new UpdateGate(device, own);
    var moment = new UpdateGate.Moment(now, now, true);
    UpdateGate.Verdict windows = gate.judge(moment);
    return windows instanceof UpdateGate.Verdict.Open
            && own.busyFile()
            && busy.isThere(app.spec().name())
        ? gate.judgeBusy(moment, now)
        : windows;
  }

  /** For machines. */
  static Node node(SortedMap<AppName, String> waits) {
    return Node.list(
        waits.entrySet().stream()
            .map(
                it ->
                    new MappingBuilder()
                        .put("app", it.getKey().value())
                        .put("message", it.getValue())
                        .build())
            .toList());
  }
}
