package dev.sandbar.e2e;

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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** The operator's work for one namespace, in this process, without leader election. */
final class FleetOperator implements AutoCloseable {
  /** Why it could not go on. */
  final List<String> fatal = new CopyOnWriteArrayList<>();

  private final ApiServer api;
  private final String namespace;
  private final KubernetesClient client;
  private final Wiring wiring;

  FleetOperator(ApiServer api, String namespace) {
    this.api = api;
    this.namespace = namespace;
    client = Clients.working(Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of());
    var registry = new SimpleMeterRegistry();
    var options =
        new OperatorOptions(
            Set.of(namespace),
            "127.0.0.1",
            0,
            0,
            0,
            false,
            namespace,
            "test-operator",
            4,
            Path.of("target", "git-" + namespace),
            new ValuePace(Duration.ofMillis(500), Duration.ofSeconds(1)));
    wiring =
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
  }

  /** Declares an app for all devices by its spec in the flow style of YAML. */
  void declare(String app, String spec) {
    api.kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: AppSandbox
            metadata: {name: %s, namespace: %s}
            spec: {%s}
            """
                .formatted(app, namespace, spec))
        .orThrow();
  }

  @Override
  public void close() {
    wiring.close();
    client.close();
  }
}
