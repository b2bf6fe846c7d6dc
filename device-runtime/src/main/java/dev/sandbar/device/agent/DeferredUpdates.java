package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.report.Reason;
import dev.sandbar.core.window.Maintenance;
import dev.sandbar.core.window.UpdateGate;
import dev.sandbar.device.agent.Holds.Hold;
import dev.sandbar.device.agent.UpdateWaits.Wait;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Decides which new versions wait. An update is a change of what is declared: what the device makes
 * of the same declaration, as under another policy, waits for nothing. Of windows only what starts
 * an app anew waits, which its plan shows, and so it is of an app that is busy; of a hold every
 * newer version does.
 */
final class DeferredUpdates {
  private final Memory memory;
  private final Versions versions;
  private final Maintenance device;
  private final Predicate<Instant> clock;
  private final Predicate<AppName> busy;

  /**
   * @param device what the owner of the device says
   * @param clock whether it can be believed when it shows this
   * @param busy whether an app says that it must not be interrupted now
   */
  DeferredUpdates(
      Memory memory,
      Versions versions,
      Maintenance device,
      Predicate<Instant> clock,
      Predicate<AppName> busy) {
    this.memory = memory;
    this.versions = versions;
    this.device = device;
    this.clock = clock;
    this.busy = busy;
  }

  /**
   * Apps whose newest version waits, so that the one that runs stays.
   *
   * @param left apps that stay as they are anyway
   * @param planner says what it would take to apply these
   * @param failed units that systemd has given up: there is nothing to interrupt
   */
  SortedSet<AppName> decide(
      Decided decided,
      Set<AppName> left,
      Function<List<CompiledApp>, Plan> planner,
      Predicate<UnitName> failed) {
    SortedMap<AppName, Hold> holds = memory.lookAtHolds(decided.now(), clock);
    var closed = new TreeMap<AppName, Closed>();
    decided
        .targets()
        .forEach(
            (name, target) -> {
              if (left.contains(name) || target instanceof Target.Deny) {
                memory.waits().end(name);
              } else if (target instanceof Target.Run run
                  && run.newest()
                  && decided.units().contains(run.app().unit())) {
                wait(name, run, Optional.ofNullable(holds.get(name)), decided.now())
                    .ifPresentOrElse(
                        wait -> closed.put(name, new Closed(run.app(), wait)),
                        () -> memory.waits().end(name));
              }
            });
    if (closed.isEmpty()) {
      return new TreeSet<>();
    }
    Set<UnitName> interrupted =
        interrupted(planner.apply(closed.values().stream().map(Closed::app).toList()));
    interrupted.removeIf(failed);
    SortedMap<AppName, Target> standing =
        Targets.holding(
            decided.targets(),
            new TreeSet<>(closed.keySet()),
            memory.records(),
            versions::compiled,
            decided.now());
    var waiting = new TreeSet<AppName>();
    closed.forEach(
        (name, it) -> {
          // What the owner of the device would have to stop in its place does not wait.
          boolean waits =
              !(standing.get(name) instanceof Target.Deny)
                  && (it.why().reason() == Reason.HELD || interrupted.contains(it.app().unit()));
          if (waits) {
            memory.waits().keep(name, named(name, it), decided.now());
            waiting.add(name);
          } else {
            memory.waits().end(name);
          }
        });
    return waiting;
  }

  /** Nobody keeps a permission unseen that was withdrawn. */
  private Wait named(AppName name, Closed closed) {
    String withdrawn =
        memory
            .get(name)
            .current()
            .map(running -> Undone.withdrawn(running, closed.app().spec()))
            .orElse("");
    Wait why = closed.why();
    return new Wait(why.reason(), why.message() + withdrawn, why.until());
  }

  /** A newest version that may not interrupt its app now. */
  private record Closed(CompiledApp app, Wait why) {}

  /** Why the newest version of the app may not interrupt it now. */
  private Optional<Wait> wait(AppName name, Target.Run run, Optional<Hold> hold, Instant now) {
    if (!isUpdate(memory.get(name), run)) {
      return Optional.empty();
    }
    Maintenance app = run.app().spec().maintenance();
    var gate = new UpdateGate(device, app);
    if (hold.isPresent()) {
      Hold it = hold.get();
      return Optional.of(new Wait(Reason.HELD, it.message() + " " + name, it.until()));
    }
    // Windows alone are read on the clock; nobody is asked about it for nothing.
    boolean isSet = !gate.isAlwaysOpen() && clock.test(now);
    if (!gate.isAlwaysOpen()) {
      memory.waits().clock(isSet);
    }
    var moment = new UpdateGate.Moment(now, memory.waits().since(name, now), isSet);
    Optional<Wait> window = wait(Reason.WAITING_FOR_WINDOW, gate.judge(moment));
    return window.isPresent() || !app.busyFile() || !busy.test(name)
        ? window
        : wait(Reason.WAITING_FOR_APP, gate.judgeBusy(moment, memory.waits().busySince(name, now)));
  }

  private static Optional<Wait> wait(Reason reason, UpdateGate.Verdict verdict) {
    return switch (verdict) {
      case UpdateGate.Verdict.Open() -> Optional.empty();
      case UpdateGate.Verdict.Closed(var until, var message) ->
          Optional.of(new Wait(reason, message, until));
    };
  }

  /** Whether something runs, and what is declared now is not what it was made of. */
  private boolean isUpdate(AppRecord record, Target.Run run) {
    Optional<Version> current = record.current();
    if (current.isEmpty() || current.get().generation().equals(run.app().generation())) {
      return false;
    }
    return !(versions.compiled(current.get()) instanceof Compilation.Compiled(var app, _)
        && app.generation().equals(run.app().generation()));
  }

  /** Units that would be started anew. One that somebody has stopped is started as it was. */
  private static Set<UnitName> interrupted(Plan plan) {
    var units = new HashSet<UnitName>();
    for (Plan.Step step : plan.steps()) {
      if (step instanceof Plan.JobStep job) {
        units.add(job.unit());
      }
    }
    return units;
  }
}
