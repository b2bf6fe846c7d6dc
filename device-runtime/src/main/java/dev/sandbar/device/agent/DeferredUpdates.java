package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.report.Reason;
import dev.sandbar.core.window.Maintenance;
import dev.sandbar.core.window.UpdateGate;
import dev.sandbar.device.agent.Holds.Hold;
import dev.sandbar.device.agent.UpdateWaits.Wait;
import dev.sandbar.device.fetch.EarlyFetches;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
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
  private final BiFunction<ImageSource.Remote, Sha256, EarlyFetches.Progress> early;

  /**
   * @param device what the owner of the device says
   * @param clock whether it can be believed when it shows this
   * @param busy whether an app says that it must not be interrupted now
   * @param early has an image fetched now whose update is applied later
   */
  DeferredUpdates(
      Memory memory,
      Versions versions,
      Maintenance device,
      Predicate<Instant> clock,
      Predicate<AppName> busy,
      BiFunction<ImageSource.Remote, Sha256, EarlyFetches.Progress> early) {
    this.memory = memory;
    this.versions = versions;
    this.device = device;
    this.clock = clock;
    this.busy = busy;
    this.early = early;
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
    SortedMap<AppName, Hold> holds = memory.lookAtHolds(decided.declared(), decided.now(), clock);
    var closed = new Closed();
    decided
        .targets()
        .forEach(
            (name, target) -> {
              if (left.contains(name) || target instanceof Target.Deny) {
                memory.waits().end(name);
              } else if (target instanceof Target.Run run
                  && run.newest()
                  && decided.units().contains(run.app().unit())) {
                if (isUpdate(memory.get(name), run)) {
                  judge(name, run.app(), Optional.ofNullable(holds.get(name)), decided, closed);
                }
                if (!closed.apps.containsKey(name)) {
                  memory.waits().end(name);
                }
              }
            });
    if (closed.apps.isEmpty()) {
      return new TreeSet<>();
    }
    Plan plan = planner.apply(List.copyOf(closed.apps.values()));
    Set<UnitName> interrupted = interrupted(plan);
    interrupted.removeIf(failed);
    SortedMap<AppName, Plan.StoreImage> fetches = fetches(plan);
    SortedMap<AppName, Target> standing =
        Targets.holding(
            decided.targets(),
            new TreeSet<>(closed.apps.keySet()),
            memory.records(),
            versions::compiled,
            decided.now());
    var waiting = new TreeSet<AppName>();
    closed.apps.forEach(
        (name, app) -> {
          // What the owner of the device would have to stop in its place does not wait.
          Optional<Wait> wait =
              standing.get(name) instanceof Target.Deny
                  ? Optional.empty()
                  : wait(name, closed, interrupted, fetches);
          wait.ifPresentOrElse(
              why -> {
                memory.waits().keep(name, named(name, app, why), decided.now());
                waiting.add(name);
              },
              () -> memory.waits().end(name));
        });
    return waiting;
  }

  /**
   * Newest versions that may not be applied now, or whose image may not be fetched now.
   *
   * @param apply why they may not be applied
   * @param download why their image may not be fetched
   */
  private record Closed(
      SortedMap<AppName, CompiledApp> apps,
      SortedMap<AppName, Wait> apply,
      SortedMap<AppName, Wait> download) {
    Closed() {
      this(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    }
  }

  /**
   * What an update waits for. Its image is fetched while it waits to be applied, but not while it
   * is held: nobody knows whether that version ever comes.
   */
  private Optional<Wait> wait(
      AppName name,
      Closed closed,
      Set<UnitName> interrupted,
      SortedMap<AppName, Plan.StoreImage> fetches) {
    Optional<Wait> apply = Optional.ofNullable(closed.apply.get(name));
    if (apply.filter(wait -> wait.reason() == Reason.HELD).isPresent()) {
      return apply;
    }
    CompiledApp app = Objects.requireNonNull(closed.apps.get(name));
    if (!interrupted.contains(app.unit())) {
      return Optional.empty();
    }
    Optional<Plan.StoreImage> missing = Optional.ofNullable(fetches.get(name));
    Optional<Wait> download = missing.map(_ -> closed.download.get(name));
    return download.isPresent()
        ? download
        : apply.map(wait -> missing.map(image -> fetching(wait, image)).orElse(wait));
  }

  private Wait fetching(Wait wait, Plan.StoreImage image) {
    if (!(image.source() instanceof ImageSource.Remote source)) {
      return wait;
    }
    String progress =
        switch (early.apply(source, image.digest())) {
          case EarlyFetches.Progress.Underway() -> "; its image is being fetched";
          case EarlyFetches.Progress.Failed(var message) -> "; " + message;
          case EarlyFetches.Progress.Arrived() -> "";
        };
    return new Wait(wait.reason(), wait.message() + progress, wait.until());
  }

  /** Images that are missing and come over a network. */
  private static SortedMap<AppName, Plan.StoreImage> fetches(Plan plan) {
    var fetches = new TreeMap<AppName, Plan.StoreImage>();
    for (Plan.Step step : plan.steps()) {
      if (step instanceof Plan.StoreImage image && image.source().isOnNetwork()) {
        fetches.put(image.app(), image);
      }
    }
    return fetches;
  }

  /** Nobody keeps a permission unseen that was withdrawn. */
  private Wait named(AppName name, CompiledApp app, Wait why) {
    String withdrawn =
        memory.get(name).current().map(running -> Undone.withdrawn(running, app.spec())).orElse("");
    return new Wait(why.reason(), why.message() + withdrawn, why.until());
  }

  /** Adds an update to what is closed, if it is. */
  private void judge(
      AppName name, CompiledApp compiled, Optional<Hold> hold, Decided decided, Closed closed) {
    Instant now = decided.now();
    Maintenance app = compiled.spec().maintenance();
    var gate = new UpdateGate(device, app);
    if (hold.isPresent()) {
      closed.apps.put(name, compiled);
      closed.apply.put(name, new Wait(Reason.HELD, hold.get().message(name), hold.get().until()));
      return;
    }
    // Windows alone are read on the clock; nobody is asked about it for nothing.
    boolean isSet = !gate.isAlwaysOpen() && clock.test(now);
    if (!gate.isAlwaysOpen()) {
      memory.waits().clock(isSet);
    }
    var moment = new UpdateGate.Moment(now, memory.waits().since(name, now), isSet);
    Optional<Wait> window = wait(Reason.WAITING_FOR_WINDOW, gate.judge(moment));
    Optional<Wait> apply =
        window.isPresent() || !app.busyFile() || !busy.test(name)
            ? window
            : wait(
                Reason.WAITING_FOR_APP,
                gate.judgeBusy(moment, memory.waits().busySince(name, now)));
    Optional<Wait> download = wait(Reason.WAITING_FOR_WINDOW, gate.judgeDownload(moment));
    apply.ifPresent(wait -> closed.apply.put(name, wait));
    download.ifPresent(wait -> closed.download.put(name, wait));
    if (apply.isPresent() || download.isPresent()) {
      closed.apps.put(name, compiled);
    }
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
