package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the status of an app may cost, and what is kept of it. */
class AppReconcilerTest {
  private static final Duration COST = Duration.ofMillis(100);

  private final FleetIndex fleet = new FleetIndex();

  /** Each look at it finds that much time gone by. */
  private final AtomicLong now = new AtomicLong();

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
          new OperatorMetrics(new SimpleMeterRegistry(), () -> true),
          Clock.systemUTC(),
          new Withdrawals(fleet, () -> 0),
          () -> now.getAndAdd(COST.toNanos()));

  private static BoundedApp object(String namespace, String name) {
    var app = new BoundedApp();
    app.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(namespace)
            .withName(name)
            .withResourceVersion("1")
            .build());
    return app;
  }

  private BoundedApp declared(String namespace, String name) {
    BoundedApp object = object(namespace, name);
    assertThat(fleet.put(DeclaredApp.read(object, new Pool()))).isPresent();
    return object;
  }

  /** Folds it; its status cannot be written, which the SDK tries again later. */
  private void fold(BoundedApp app) {
    try {
      apps.reconcile(Key.of(app));
      throw new AssertionError("there is no API server");
    } catch (KubernetesClientException e) {
      assertThat(e.getCode()).isNotPositive();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void close() {
    events.close();
    client.close();
  }

  @Test
  void nothingIsKeptOfAnAppThatIsGoneAlthoughDevicesMarkItAfterwards() throws Exception {
    apps.open();
    for (int i = 0; i < 1_000; i++) {
      BoundedApp app = object("fleet", "app-" + i);
      apps.mark(Key.of(app));
      apps.reconcile(Key.of(app));
    }
    assertThat(apps.folded()).isEmpty();
  }

  @Test
  void nothingIsSaidBeforeAllDevicesHaveBeenLookedAt() throws Exception {
    apps.reconcile(Key.of(declared("fleet", "pump")));
    assertThat(apps.folded()).isEmpty();
    apps.open();
    fold(object("fleet", "pump"));
    assertThat(apps.folded()).containsOnlyKeys(new Key("fleet", "pump"));
  }

  @Test
  void aNamespaceThatCostsMuchRestsAndOthersDoNotWaitForIt() throws Exception {
    apps.open();
    List<BoundedApp> dear = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      dear.add(declared("dear", "app-" + i));
    }
    BoundedApp pump = declared("other", "pump");
    try (var workers = Executors.newVirtualThreadPerTaskExecutor()) {
      long start = System.nanoTime();
      List<Future<?>> all = new ArrayList<>();
      dear.forEach(app -> all.add(workers.submit(() -> fold(app))));
      workers.submit(() -> fold(pump)).get(60, TimeUnit.SECONDS);
      assertThat(all).as("most still wait").filteredOn(f -> !f.isDone()).hasSizeGreaterThan(10);
      for (Future<?> one : all) {
        one.get(60, TimeUnit.SECONDS);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("three times of what they cost")
          .isGreaterThan(COST.multipliedBy(3 * 20));
    }
  }
}
