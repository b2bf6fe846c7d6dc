package dev.sandbar.cli;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.SideUnit;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Compared;
import dev.sandbar.core.plan.Differ;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.device.apply.Applier;
import dev.sandbar.device.apply.Former;
import dev.sandbar.device.apply.Needs;
import dev.sandbar.device.apply.Outcome;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Applies a plan once, without an agent: looks again after it, watches for a while whether what it
 * started stays up, and keeps what it replaces.
 */
final class Application {

  private static final Duration POLL = Duration.ofMillis(500);

  private final DeviceAccess device;
  private final SortedMap<UnitName, CompiledApp> desired;
  private final SortedMap<UnitName, String> base;
  private final DeviceFacts facts;
  private final int systemdVersion;
  private final long end;
  private final Former former;
  private final Semaphore ended = new Semaphore(0);
  private final SortedMap<UnitName, Outcome> outcomes = new TreeMap<>();
  private final SortedSet<UnitName> started = new TreeSet<>();

  private Application(DeviceAccess device, PlanSource source, Observation seen, Duration limit)
      throws IOException {
    this.device = device;
    this.desired = source.byUnit();
    this.base = source.base();
    this.facts = source.facts();
    this.systemdVersion = facts.systemdVersion();
    this.end = System.nanoTime() + limit.toNanos();
    this.former = former(seen);
  }

  /**
   * Does it.
   *
   * @param replan plans again, for what can only follow when something has ended
   * @param limit to wait for what takes long
   * @param watch whether to see if what was started stays up
   * @return what became of every unit that the plan names
   */
  static SortedMap<UnitName, Outcome> run(
      DeviceAccess device,
      PlanSource source,
      Planned planned,
      Observation seen,
      Function<Observation, Planned> replan,
      Duration limit,
      boolean watch)
      throws IOException, InterruptedException {
    var application = new Application(device, source, seen, limit);
    try (var applier = new Applier(device.machine(), _ -> application.ended.release())) {
      // Where the unit of another is in the way of an app it needs nothing.
      applier.keep(
          Needs.of(
              application.desired.values().stream()
                  .filter(app -> !planned.foreign().containsKey(app.unit()))
                  .toList()),
          false);
      application.apply(applier, planned.plan(), source, replan);
      if (watch) {
        application.watch(applier);
      }
      application.gone().forEach(app -> applier.forget(app, List.of()));
      application.applied().forEach(app -> applier.forget(app.spec().name(), SideUnit.of(app)));
    }
    return application.outcomes;
  }

  /**
   * Applies one app once more, whatever comes of it.
   *
   * @throws CommandException if this device does not run it as it is declared
   */
  static void again(DeviceAccess device, AppSpec app, Duration limit) throws IOException {
    var specs = new Specs(new TreeMap<>(), new TreeMap<>(Map.of(app.name(), app)), 1, List.of());
    PlanSource source =
        PlanSource.of(specs, device.facts(), true)
            .on(device.units())
            .verified(device.refusedImages(true));
    Observation seen = device.observe(source.units());
    Planned planned = source.plan(seen, false);
    for (Diagnostic wrong : source.diagnostics(planned)) {
      if (wrong.severity() == Diagnostic.Severity.ERROR) {
        throw new CommandException(wrong.message(), wrong.help());
      }
    }
    try {
      run(device, source, planned, seen, now -> source.plan(now, false), limit, true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while it was applied");
    }
  }

  private void apply(
      Applier applier, Plan first, PlanSource source, Function<Observation, Planned> replan)
      throws IOException, InterruptedException {
    Plan plan = first;
    while (!plan.isEmpty()) {
      outcomes.putAll(applier.apply(plan, this::inspect, former));
      noteStarts(plan);
      SortedSet<UnitName> open = applier.underway();
      if (open.isEmpty()) {
        return;
      }
      conclude(applier);
      open.removeIf(unit -> !(outcomes.get(unit) instanceof Outcome.Underway));
      // What was stopped can be removed now, and what has its image can be started.
      plan = Applier.only(replan.apply(device.observe(source.units())).plan(), open);
      if (Applier.units(plan).isEmpty()) {
        open.forEach(unit -> outcomes.put(unit, new Outcome.Done()));
        return;
      }
    }
  }

  /** Apps that were removed. */
  private List<AppName> gone() {
    return outcomes.entrySet().stream()
        .filter(it -> it.getValue() instanceof Outcome.Done && !desired.containsKey(it.getKey()))
        .flatMap(it -> it.getKey().ownApp().stream())
        .toList();
  }

  /** Apps that run as they are declared now. */
  private List<CompiledApp> applied() {
    return outcomes.entrySet().stream()
        .filter(it -> it.getValue() instanceof Outcome.Done)
        .flatMap(it -> Optional.ofNullable(desired.get(it.getKey())).stream())
        .toList();
  }

  private void noteStarts(Plan plan) {
    for (Plan.Step step : plan.steps()) {
      if (step instanceof Plan.JobStep job && !(job instanceof Plan.Stop)) {
        started.add(job.unit());
      }
    }
  }

  /** Waits until nothing is open, or the time is up. */
  private void conclude(Applier applier) throws InterruptedException {
    while (!applier.underway().isEmpty()) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        for (UnitName unit : applier.underway()) {
          outcomes.put(unit, new Outcome.Unfinished("wait", "not finished within --timeout"));
        }
        return;
      }
      boolean _ = ended.tryAcquire(Math.min(left, POLL.toNanos()), TimeUnit.NANOSECONDS);
      outcomes.putAll(applier.conclude(this::inspect, former));
    }
  }

  private void watch(Applier applier) throws IOException, InterruptedException {
    started.removeIf(
        unit -> !desired.containsKey(unit) || !(outcomes.get(unit) instanceof Outcome.Done));
    var watch = new StartWatch(device, desired, facts);
    var back = new TreeMap<UnitName, String>();
    watch
        .fallen(started, end)
        .forEach(
            (unit, why) -> {
              if (isSame(unit) || former.stays(unit)) {
                outcomes.put(unit, new Outcome.Unfinished("start", why));
              } else {
                back.put(unit, why);
              }
            });
    watch
        .undecided()
        .forEach((unit, why) -> outcomes.put(unit, new Outcome.Unfinished("wait", why)));
    if (!back.isEmpty()) {
      outcomes.putAll(applier.takeBack(back, former));
      var kept = new TreeMap<>(outcomes);
      conclude(applier);
      outcomes.putAll(kept);
    }
  }

  /** Whether the version that was there before is this one: there is nothing to go back to. */
  private boolean isSame(UnitName unit) {
    return Objects.requireNonNull(desired.get(unit)).text().equals(former.texts().get(unit));
  }

  private Map<UnitName, List<Difference>> inspect(Collection<UnitName> units) {
    Observation now = device.look(units);
    var found = new TreeMap<UnitName, List<Difference>>();
    for (UnitName unit : units) {
      List<Difference> differences = differences(unit, now);
      if (!differences.isEmpty()) {
        found.put(unit, differences);
      }
    }
    return found;
  }

  private List<Difference> differences(UnitName unit, Observation now) {
    CompiledApp app = desired.get(unit);
    if (app != null) {
      List<Difference> all = Differ.app(app, now, systemdVersion);
      return Compared.of(app, now.unit(unit), all, isSame(unit)).counted();
    }
    String text = base.get(unit);
    return text == null ? List.of() : Differ.base(unit, text, now, systemdVersion);
  }

  /** What stands in the unit files now, to go back to. */
  private Former former(Observation seen) throws IOException {
    var texts = new TreeMap<UnitName, String>();
    var leaving = new TreeSet<UnitName>();
    for (UnitName unit : seen.units().keySet()) {
      Path file = device.machine().units().own(unit);
      if (Files.isRegularFile(file)) {
        texts.put(unit, Files.readString(file));
      }
      if (unit.isService() && !desired.containsKey(unit)) {
        leaving.add(unit);
      }
    }
    var staying = new TreeSet<UnitName>();
    desired.forEach(
        (unit, app) -> {
          if (app.spec().health().staysWhenFailed()) {
            staying.add(unit);
          }
        });
    return new Former(texts, leaving, staying);
  }
}
