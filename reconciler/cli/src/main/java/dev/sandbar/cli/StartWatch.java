package dev.sandbar.cli;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.report.Readiness;
import dev.sandbar.device.health.DeviceCheck;
import dev.sandbar.device.health.HealthChecks;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Watches apps that were just started, as an agent does: whether they stay up and are ready. */
final class StartWatch {

  /** As long as an agent watches a new version. */
  private static final Duration SETTLE = Duration.ofSeconds(5);

  private static final Duration POLL = Duration.ofMillis(500);

  private final DeviceAccess device;
  private final SortedMap<UnitName, CompiledApp> apps;
  private final DeviceFacts facts;
  private final TreeSet<UnitName> open = new TreeSet<>();
  private final SortedMap<UnitName, String> fallen = new TreeMap<>();
  private final SortedMap<UnitName, String> last = new TreeMap<>();

  /**
   * @param apps by their units; their counts of restarts were set to zero before they were started
   */
  StartWatch(DeviceAccess device, SortedMap<UnitName, CompiledApp> apps, DeviceFacts facts) {
    this.device = device;
    this.apps = apps;
    this.facts = facts;
  }

  /**
   * Which of them fell over or were not ready in time, with the reason.
   *
   * @param end when the command has to end, of {@link System#nanoTime}
   * @throws IOException if the device cannot be reached
   */
  SortedMap<UnitName, String> fallen(Collection<UnitName> started, long end)
      throws IOException, InterruptedException {
    open.addAll(started);
    long begun = System.nanoTime();
    try (var checks =
        new HealthChecks(
            new DeviceCheck(device.machine().root(), device.machine().systemd(), facts),
            _ -> {},
            SETTLE,
            System::nanoTime)) {
      boolean over = false;
      while (!open.isEmpty() && !over) {
        over = System.nanoTime() - end >= 0;
        if (!over) {
          Thread.sleep(POLL);
        }
        for (ObservedUnit unit : device.look(open).units().values()) {
          if (open.contains(unit.name())) {
            judge(unit, Duration.ofNanos(System.nanoTime() - begun), checks);
          }
        }
      }
    }
    return fallen;
  }

  /** Those that the time of the command was too short for, with the reason. */
  SortedMap<UnitName, String> undecided() {
    var late = new TreeMap<UnitName, String>();
    for (UnitName unit : open) {
      if (app(unit).spec().health().isChecked()) {
        String why = last.getOrDefault(unit, "");
        late.put(unit, "not ready within --timeout" + (why.isEmpty() ? "" : ": " + why));
      }
    }
    return late;
  }

  private CompiledApp app(UnitName unit) {
    return Objects.requireNonNull(apps.get(unit));
  }

  private void judge(ObservedUnit unit, Duration watched, HealthChecks checks) {
    CompiledApp app = app(unit.name());
    HealthSpec health = app.spec().health();
    Loaded loaded = unit.loaded();
    Duration settle = health.settle().isZero() ? SETTLE : health.settle();
    boolean settled = watched.compareTo(settle) >= 0;
    if (loaded.hasFallenOver(0, health.maxRestarts())
        // One with a schedule may have ended.
        || (settled && app.timers().isEmpty() && loaded.activeState().equals("inactive"))) {
      fell(unit.name(), loaded.whyFallenOver(app.spec().name(), unit.name()));
      return;
    }
    if (!health.isChecked()) {
      if (settled) {
        open.remove(unit.name());
      }
      return;
    }
    if (loaded.activeState().equals("active")) {
      checks.follow(app, false);
    }
    switch (checks.of(app)) {
      case Readiness.Ready() -> open.remove(unit.name());
      case Readiness.Undecided(String why) -> last.put(unit.name(), why);
      case Readiness.Failing(String why) ->
          fell(
              unit.name(),
              "it was not ready within %d s: %s".formatted(health.within().toSeconds(), why));
    }
  }

  private void fell(UnitName unit, String why) {
    open.remove(unit);
    fallen.put(unit, why);
  }
}
