package dev.sandbar.operator.gitsource;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Metrics of all GitSources. Only what is bounded by their number is a label. */
final class SourceMetrics {
  private final MeterRegistry registry;

  SourceMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  void looked(Look look) {
    String result =
        switch (look) {
          case Look.Unchanged _ -> "unchanged";
          case Look.Found _ -> "fetched";
          case Look.Failed _ -> "failed";
        };
    registry.counter("sandbar.git.request", "result", result).increment();
  }

  void reconciled(Duration took, String result) {
    registry.timer("sandbar.gitsource.reconcile.duration", "result", result).record(took);
  }

  void wrote(String action) {
    registry.counter("sandbar.gitsource.writes", "action", action).increment();
  }

  void drifted(String result) {
    registry.counter("sandbar.gitsource.drifts", "result", result).increment();
  }

  void hook(String result) {
    registry.counter("sandbar.gitsource.webhook.requests", "result", result).increment();
  }

  Gauges gauges(String namespace, String name) {
    return new Gauges(namespace, name);
  }

  /** The gauges of one source; they go with it. */
  final class Gauges implements AutoCloseable {
    private final AtomicInteger ready = new AtomicInteger();
    private final AtomicInteger drifted = new AtomicInteger();
    private final List<Meter> meters = new ArrayList<>();

    private Gauges(String namespace, String name) {
      register("sandbar.gitsource.ready", ready, namespace, name);
      register("sandbar.gitsource.drifted", drifted, namespace, name);
    }

    private void register(String metric, AtomicInteger value, String namespace, String name) {
      meters.add(
          Gauge.builder(metric, value, AtomicInteger::get)
              .tag("namespace", namespace)
              .tag("name", name)
              .register(registry));
    }

    void set(boolean isReady, boolean isDrifted) {
      ready.set(isReady ? 1 : 0);
      drifted.set(isDrifted ? 1 : 0);
    }

    @Override
    public void close() {
      meters.forEach(registry::remove);
    }
  }
}
