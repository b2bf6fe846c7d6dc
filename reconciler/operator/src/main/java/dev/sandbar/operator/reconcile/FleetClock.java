package dev.sandbar.operator.reconcile;

import dev.sandbar.core.fleet.AppFold;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.operator.report.OperatorMetrics;
import dev.sandbar.operator.report.OperatorMetrics.AppKey;
import dev.sandbar.report.OneLine;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens because time goes by: silence, and metrics. */
final class FleetClock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetClock.class);
  private static final Duration STEP = Duration.ofSeconds(1);
  private static final Duration LATE = Duration.ofMinutes(1);

  private final FleetIndex fleet;
  private final Heartbeats heartbeats;
  private final AppReconciler apps;
  private final OperatorMetrics metrics;
  private final Consumer<Key> trigger;
  private final BooleanSupplier sees;
  private boolean blind;

  /** When it ticked last, in nanoseconds; 0 before it was started. */
  private volatile long ticked;

  private volatile boolean closed;

  /**
   * Stands still.
   *
   * @param sees whether a heartbeat would be seen now
   */
  FleetClock(
      FleetIndex fleet,
      Heartbeats heartbeats,
      AppReconciler apps,
      OperatorMetrics metrics,
      Consumer<Key> trigger,
      BooleanSupplier sees) {
    this.fleet = fleet;
    this.heartbeats = heartbeats;
    this.apps = apps;
    this.metrics = metrics;
    this.trigger = trigger;
    this.sees = sees;
  }

  /** That it has stopped, which nothing but a fault of ours can bring about. */
  String trouble() {
    long last = ticked;
    return last == 0 || System.nanoTime() - last < LATE.toNanos()
        ? ""
        : "nobody looks for devices that are silent";
  }

  void start() {
    ticked = Math.max(1, System.nanoTime());
    Thread _ = Thread.ofVirtual().name("fleet-clock").start(this::run);
  }

  private void run() {
    while (!closed) {
      try {
        Thread.sleep(STEP);
        tick();
        ticked = Math.max(1, System.nanoTime());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        LOG.warn("action=tick failed={}", OneLine.of(e));
      }
    }
  }

  private void tick() {
    if (!sees.getAsBoolean()) {
      blind = true;
    } else if (blind) {
      blind = false;
      heartbeats.forgive();
    } else {
      heartbeats.expire().forEach(trigger);
    }
    measure();
  }

  void measure() {
    SortedMap<String, SortedMap<String, Integer>> devices = new TreeMap<>();
    for (ReconciledDevice device : fleet.devices()) {
      boolean reachable = device.reach() == Reach.REACHABLE;
      count(
          devices,
          device.key().namespace(),
          Map.of(
              "total",
              true,
              "ready",
              reachable && device.ready(),
              "unreachable",
              device.reach() == Reach.UNREACHABLE,
              "never_reported",
              device.reach().isUnheard(),
              "drifted",
              device.drifted(),
              "stalled",
              device.stalled()));
    }
    metrics.devices(devices);
    SortedMap<String, SortedMap<String, Integer>> totals = new TreeMap<>();
    SortedMap<AppKey, SortedMap<String, Integer>> each = new TreeMap<>();
    apps.folded()
        .forEach(
            (key, app) -> {
              each.put(new AppKey(key.namespace(), key.name()), by(app.counts()));
              count(
                  totals,
                  key.namespace(),
                  Map.of(
                      "total", true,
                      "ready", app.conditions().contains(Type.READY),
                      "reconciling", app.conditions().contains(Type.RECONCILING),
                      "stalled", app.conditions().contains(Type.STALLED),
                      "drifted", app.conditions().contains(Type.DRIFTED),
                      "suspended", app.conditions().contains(Type.SUSPENDED),
                      "rolled_back", app.counts().rolledBack() > 0));
            });
    metrics.appDevices(each);
    metrics.apps(totals);
  }

  private static void count(
      SortedMap<String, SortedMap<String, Integer>> counts,
      String namespace,
      Map<String, Boolean> states) {
    SortedMap<String, Integer> sums = counts.computeIfAbsent(namespace, _ -> new TreeMap<>());
    states.forEach((state, holds) -> sums.merge(state, holds ? 1 : 0, Integer::sum));
  }

  private static SortedMap<String, Integer> by(AppFold.Counts counts) {
    return new TreeMap<>(
        Map.of(
            "desired", counts.desired(),
            "updated", counts.updated(),
            "ready", counts.ready(),
            "drifted", counts.drifted(),
            "unreachable", counts.unreachable() - counts.neverReported(),
            "never_reported", counts.neverReported(),
            "cannot_enforce", counts.cannotEnforce(),
            "rolled_back", counts.rolledBack(),
            "suspended", counts.suspended(),
            "waiting", counts.waiting()));
  }

  @Override
  public void close() {
    closed = true;
  }
}
