package dev.sandbar.operator;

import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.app.OperatorOptions;
import dev.sandbar.operator.app.Wiring;
import dev.sandbar.operator.reconcile.ValuePace;
import dev.sandbar.operator.report.OperatorMetrics;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** An operator of one namespace, in this process, without leader election. */
final class RunningOperator implements AutoCloseable {
  final Requests requests = new Requests();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final List<String> fatal = new CopyOnWriteArrayList<>();
  private final KubernetesClient client;
  private final Wiring wiring;

  /** Sooner than in operation: tests would wait for most of their time. */
  private static final ValuePace SOON =
      new ValuePace(Duration.ofMillis(500), Duration.ofSeconds(1));

  RunningOperator(ApiServer api, String namespace, String... more) {
    this(config(api), SOON, namespace, more);
  }

  /** Takes changes of values over in this pace. */
  RunningOperator(ApiServer api, ValuePace values, String namespace) {
    this(config(api), values, namespace);
  }

  /** Reaches the API server as this says. */
  RunningOperator(Config config, String namespace, String... more) {
    this(config, SOON, namespace, more);
  }

  private static Config config(ApiServer api) {
    return Config.fromKubeconfig(api.kubeconfig().toFile());
  }

  private RunningOperator(Config config, ValuePace values, String namespace, String... more) {
    Path cache = Path.of("target", "git-" + namespace);
    this.client = Clients.working(config, Map.of("requests", requests));
    var namespaces = new HashSet<>(List.of(more));
    namespaces.add(namespace);
    var options =
        new OperatorOptions(
            namespaces, "127.0.0.1", 0, 0, 0, false, namespace, "test-operator", 16, cache, values);
    this.wiring =
        new Wiring(
            client,
            Clock.systemUTC(),
            registry,
            new OperatorMetrics(registry, () -> true),
            options,
            () -> true,
            fatal::add,
            _ -> {});
    wiring.start(() -> false);
    // A leader that complains for five minutes lets the Lease go.
    await().atMost(Duration.ofMinutes(4)).until(wiring::trouble, String::isEmpty);
  }

  double counter(String name) {
    var counter = registry.find(name).counter();
    return counter == null ? 0 : counter.count();
  }

  @Override
  public void close() {
    wiring.close();
    client.close();
  }
}
