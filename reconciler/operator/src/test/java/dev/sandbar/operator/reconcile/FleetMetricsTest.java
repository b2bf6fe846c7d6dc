package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.fleet.AppOnDevice;
import dev.sandbar.core.fleet.Intent;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.core.fleet.Seen;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.operator.publish.BoundedApp;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.OperatorMetrics;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the metrics of a fleet count, for each namespace by itself. */
class FleetMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final OperatorMetrics metrics = new OperatorMetrics(registry, () -> true);
  private final FleetIndex fleet = new FleetIndex();

  /** Refuses every connection. */
  private final KubernetesClient client =
      new KubernetesClientBuilder()
          .withConfig(
              new ConfigBuilder()
                  .withMasterUrl("http://127.0.0.1:9")
                  .withRequestRetryBackoffLimit(0)
                  .build())
          .build();

  private final EventRecorder events = new EventRecorder(client, Clock.systemUTC(), "test");
  private final AppReconciler apps =
      new AppReconciler(
          fleet,
          new Writes(client),
          events,
          metrics,
          Clock.systemUTC(),
          new Withdrawals(fleet, () -> 0),
          () -> 0);

  @BeforeEach
  void measure() throws InterruptedException {
    declare("yard", "meter");
    declare("plant", "pump");
    var back = new Seen(0, Status.FALSE, false, true, "RolledBack", "exited with 1");
    add("plant", "fine", Reach.REACHABLE, true, Seen.NOTHING);
    add("plant", "back", Reach.REACHABLE, false, back);
    add("plant", "silent", Reach.UNREACHABLE, false, Seen.NOTHING);
    add("plant", "new", Reach.NEVER, false, Seen.NOTHING);
    add("plant", "newer", Reach.NEVER, false, Seen.NOTHING);
    apps.open();
    for (Key app : new Key[] {new Key("plant", "pump"), new Key("yard", "meter")}) {
      try {
        apps.reconcile(app);
      } catch (KubernetesClientException e) {
        // Its status cannot be written.
        assertThat(e.getCode()).isNotPositive();
      }
    }
    try (var clock =
        new FleetClock(fleet, new Heartbeats(() -> 0), apps, metrics, _ -> {}, () -> true)) {
      clock.measure();
    }
  }

  @AfterEach
  void close() {
    events.close();
    client.close();
  }

  private void declare(String namespace, String name) {
    var app = new BoundedApp();
    app.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(namespace)
            .withName(name)
            .withResourceVersion("1")
            .build());
    assertThat(fleet.put(DeclaredApp.read(app, new Pool()))).isPresent();
  }

  private void add(String namespace, String name, Reach reach, boolean ready, Seen seen) {
    fleet.put(
        new ReconciledDevice(
            new Key(namespace, name),
            Map.of(),
            reach,
            new TreeMap<>(Map.of("pump", new AppOnDevice(new Intent.Published(0), seen))),
            ready,
            false,
            false));
  }

  private double value(String metric, String... tags) {
    return registry.get(metric).tags(tags).gauge().value();
  }

  @Test
  void aDeviceThatNeverReportedIsNotUnreachable() {
    assertThat(value("sandbar.devices", "namespace", "plant", "state", "total")).isEqualTo(5);
    assertThat(value("sandbar.devices", "namespace", "plant", "state", "unreachable")).isOne();
    assertThat(value("sandbar.devices", "namespace", "plant", "state", "never_reported"))
        .isEqualTo(2);
  }

  @Test
  void norDoesItCountAsUnreachableForAnApp() {
    String[] unreachable = {"namespace", "plant", "name", "pump", "state", "unreachable"};
    String[] never = {"namespace", "plant", "name", "pump", "state", "never_reported"};
    assertThat(value("sandbar.app.devices", unreachable)).isOne();
    assertThat(value("sandbar.app.devices", never)).isEqualTo(2);
  }

  @Test
  void appsAreCountedByStateInTheirNamespace() {
    assertThat(value("sandbar.apps", "namespace", "plant", "state", "total")).isOne();
    assertThat(value("sandbar.apps", "namespace", "plant", "state", "rolled_back")).isOne();
    assertThat(value("sandbar.apps", "namespace", "plant", "state", "stalled")).isOne();
    assertThat(value("sandbar.apps", "namespace", "yard", "state", "total")).isOne();
    assertThat(value("sandbar.apps", "namespace", "yard", "state", "rolled_back")).isZero();
  }
}
