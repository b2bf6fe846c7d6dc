package dev.sandbar.operator.report;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * What the operator measures of itself and of the fleet. No device is ever a label, but the first
 * few that misreport: their number has no bound.
 */
public final class OperatorMetrics {

  /** Every metric: what Prometheus calls it. */
  public enum Metric {
    /** Duration of one reconciliation, in seconds, by kind and result (success, error). */
    RECONCILE("sandbar_operator_reconcile_duration_seconds"),
    /**
     * Devices of a namespace by state: ready, unreachable (only those that have reported before),
     * never_reported, drifted, stalled, perhaps several; total counts each once.
     */
    DEVICES("sandbar_devices"),
    /**
     * Devices of an app by state: updated, ready, drifted, unreachable (only those that have
     * reported before), never_reported, cannot_enforce, rolled_back, suspended, waiting, perhaps
     * several; desired counts each once.
     */
    APP_DEVICES("sandbar_app_devices"),
    /**
     * Apps of a namespace by state: ready, reconciling, stalled, drifted, suspended, rolled_back
     * (on any device), perhaps several; total counts each once.
     */
    APPS("sandbar_apps"),
    /** Bundle writes by result: created, changed, conflict, error. */
    BUNDLE_WRITES("sandbar_bundle_writes_total"),
    /** Compilations that were performed; equal specs on equal devices share one. */
    COMPILATIONS("sandbar_compilations_total"),
    /** Device reports that are invalid, too large or too frequent; at most 50 devices by name. */
    MISREPORTS("sandbar_misreports_total"),
    /** Requests to the API server by method, counting every attempt. */
    API_REQUESTS("sandbar_operator_api_requests_total"),
    /** 1 while this replica leads, 0 while it waits. */
    LEADER("sandbar_leader");

    private final String text;

    Metric(String text) {
      this.text = text;
    }

    /** As Prometheus shows it. */
    public String text() {
      return text;
    }

    /** As Micrometer wants it: without the suffix that the registry adds by itself. */
    String meter() {
      return text.replaceFirst("_(total|seconds)$", "").replace('_', '.');
    }
  }

  private final MeterRegistry registry;
  private static final int MOST_CULPRITS = 50;
  private static final String OTHERS = "others";

  private final MultiGauge appDevices;
  private final MultiGauge apps;
  private final Set<List<String>> culprits = new HashSet<>();
  private final MultiGauge devices;
  private final Map<String, Counter> requests = new ConcurrentHashMap<>();

  /**
   * Registers them.
   *
   * @param leads whether this process is the leader
   */
  public OperatorMetrics(MeterRegistry registry, BooleanSupplier leads) {
    this.registry = registry;
    Gauge.builder(Metric.LEADER.meter(), () -> leads.getAsBoolean() ? 1 : 0).register(registry);
    this.appDevices = MultiGauge.builder(Metric.APP_DEVICES.meter()).register(registry);
    this.apps = MultiGauge.builder(Metric.APPS.meter()).register(registry);
    this.devices = MultiGauge.builder(Metric.DEVICES.meter()).register(registry);
  }

  /** A reconcile has ended. */
  public void reconciled(String kind, boolean success, Duration took) {
    Timer.builder(Metric.RECONCILE.meter())
        .tag("kind", kind)
        .tag("result", success ? "success" : "error")
        .serviceLevelObjectives(
            Duration.ofMillis(1),
            Duration.ofMillis(10),
            Duration.ofMillis(100),
            Duration.ofSeconds(1),
            Duration.ofSeconds(10))
        .register(registry)
        .record(took);
  }

  /** A bundle was written, or could not be. */
  public void bundleWrite(String result) {
    registry.counter(Metric.BUNDLE_WRITES.meter(), "result", result).increment();
  }

  /** An app was really compiled. */
  public void compiled() {
    registry.counter(Metric.COMPILATIONS.meter()).increment();
  }

  /**
   * A device reports what cannot be used, or too much.
   *
   * @param reason one word
   */
  public void misreport(String namespace, String device, String reason) {
    boolean named;
    synchronized (culprits) {
      List<String> culprit = List.of(namespace, device);
      named =
          culprits.contains(culprit) || (culprits.size() < MOST_CULPRITS && culprits.add(culprit));
    }
    registry
        .counter(
            Metric.MISREPORTS.meter(),
            "namespace",
            named ? namespace : OTHERS,
            "device",
            named ? device : OTHERS,
            "reason",
            reason)
        .increment();
  }

  /** A request is sent. */
  public void request(String method) {
    requests
        .computeIfAbsent(
            method.toLowerCase(Locale.ROOT),
            m -> registry.counter(Metric.API_REQUESTS.meter(), "method", m))
        .increment();
  }

  /**
   * Counts of devices; namespaces that are not named here are forgotten.
   *
   * @param counts by namespace, then by state
   */
  public void devices(SortedMap<String, SortedMap<String, Integer>> counts) {
    register(devices, counts);
  }

  /**
   * Counts of apps; namespaces that are not named here are forgotten.
   *
   * @param counts by namespace, then by state
   */
  public void apps(SortedMap<String, SortedMap<String, Integer>> counts) {
    register(apps, counts);
  }

  private static void register(
      MultiGauge gauge, SortedMap<String, SortedMap<String, Integer>> counts) {
    var rows = new ArrayList<MultiGauge.Row<?>>();
    counts.forEach(
        (namespace, states) ->
            states.forEach(
                (state, count) ->
                    rows.add(
                        MultiGauge.Row.of(
                            Tags.of("namespace", namespace, "state", state), count))));
    gauge.register(rows, true);
  }

  /**
   * Counts of the devices of every app; apps that are not named here are forgotten.
   *
   * @param counts by namespace and name, then by state
   */
  public void appDevices(SortedMap<AppKey, SortedMap<String, Integer>> counts) {
    appDevices.register(
        counts.entrySet().stream()
            .flatMap(
                app ->
                    app.getValue().entrySet().stream()
                        .map(
                            state ->
                                MultiGauge.Row.of(
                                    Tags.of(
                                        "namespace",
                                        app.getKey().namespace(),
                                        "name",
                                        app.getKey().name(),
                                        "state",
                                        state.getKey()),
                                    state.getValue())))
            .<MultiGauge.Row<?>>map(row -> row)
            .toList(),
        true);
  }

  /** An app. */
  public record AppKey(String namespace, String name) implements Comparable<AppKey> {
    @Override
    public int compareTo(AppKey other) {
      int byNamespace = namespace.compareTo(other.namespace);
      return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
    }
  }

  /** What there is now, for tests: the value of each counter and gauge by its Prometheus name. */
  SortedMap<String, Double> values() {
    var values = new TreeMap<String, Double>();
    for (Meter meter : registry.getMeters()) {
      meter
          .measure()
          .forEach(m -> values.put(meter.getId() + "/" + m.getStatistic(), m.getValue()));
    }
    return values;
  }
}
