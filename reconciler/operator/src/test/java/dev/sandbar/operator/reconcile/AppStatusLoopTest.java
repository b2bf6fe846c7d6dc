package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.OperatorMetrics;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is kept of the apps whose status is written. */
class AppStatusLoopTest {
  private long now;

  @Test
  void nothingIsKeptOfAnAppThatIsGoneAlthoughDevicesMarkItAfterwards() {
    var config = new ConfigBuilder().withMasterUrl("http://127.0.0.1:9").build();
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build();
        var events = new EventRecorder(client, Clock.systemUTC(), "test");
        var loop =
            new AppStatusLoop(
                new FleetIndex(),
                new Writes(client),
                events,
                new OperatorMetrics(new SimpleMeterRegistry(), () -> true),
                Clock.systemUTC(),
                () -> now)) {
      for (int i = 0; i < 1_000; i++) {
        var app = new Key("fleet", "app-" + i);
        loop.mark(app);
        loop.forget(app);
        loop.mark(app);
        now += Duration.ofSeconds(1).toNanos();
        loop.foldAll();
      }
      assertThat(loop.held()).isZero();
    }
  }
}
