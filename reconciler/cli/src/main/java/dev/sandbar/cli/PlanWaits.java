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

  /**
   * What of a plan can wait.
   *
   * @param started units that it starts anew; what has failed cannot be interrupted
   * @param fetched apps whose image it fetches over a network
   */
  record Steps(Set<UnitName> started, Set<AppName> fetched) {
    Steps {
      started = Set.copyOf(started);
      fetched = Set.copyOf(fetched);
    }
  }

  /** What of a plan can wait. */
  static Steps steps(Planned planned, Observation seen) {
    var started = new HashSet<UnitName>();
    var fetched = new HashSet<AppName>();
    for (Plan.Step step : planned.plan().steps()) {
      if (step instanceof Plan.JobStep job
          && !seen.unit(job.unit()).loaded().activeState().equals("failed")) {
        started.add(job.unit());
      }
      if (step instanceof Plan.StoreImage image && image.source().isOnNetwork()) {
        fetched.add(image.app());
      }
    }
    return new Steps(started, fetched);
  }

  /**
   * By app.
   *
   * @param steps of the plan
   * @param store of the device that the plan is for
   * @param device what its owner says of updates
   * @param busy what its apps say of themselves
   */
  static SortedMap<AppName, String> of(
      PlanSource source,
      Steps steps,
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
      Optional<Holds.Hold> hold = hold(app, Optional.ofNullable(holds.get(name)), now);
      if (hold.isPresent()) {
        waits.put(name, hold.get().message(name));
      } else if (steps.started().contains(app.unit())
          && verdict(device, app, steps.fetched().contains(name), busy, now)
              instanceof UpdateGate.Verdict.Closed(_, var message)) {
        waits.put(name, message);
      }
    }
    return waits;
  }

  private static Optional<Holds.Hold> hold(
      CompiledApp app, Optional<Holds.Hold> onDevice, Instant now) {
    return onDevice.or(
        () ->
            now.isBefore(app.spec().hold().until())
                ? Optional.of(Holds.Hold.declared(app.spec().hold()))
                : Optional.empty());
  }

  private static UpdateGate.Verdict verdict(
      Maintenance device, CompiledApp app, boolean fetched, BusyFile busy, Instant now) {
    Maintenance own = app.spec().maintenance();
    var gate = new UpdateGate(device, own);
    var moment = new UpdateGate.Moment(now, now, true);
    if (fetched && gate.judgeDownload(moment) instanceof UpdateGate.Verdict.Closed closed) {
      return closed;
    }
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
