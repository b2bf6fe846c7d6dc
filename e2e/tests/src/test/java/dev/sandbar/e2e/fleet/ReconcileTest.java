package dev.sandbar.e2e.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.cli.Main;
import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.gitsource.GitSourceConfig;
import dev.sandbar.operator.gitsource.GitSources;
import dev.sandbar.operator.reconcile.FleetControl;
import dev.sandbar.operator.report.OperatorMetrics;
import dev.sandbar.source.git.GitReach;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an owner asks for at once, of the operator itself. */
class ReconcileTest {
  private static String app(int seconds) {
    return TestRepository.APP
        + "metadata: {name: pump}\nspec: {run: {command: [/usr/bin/sleep, '%d']}}\n"
            .formatted(seconds);
  }

  @Test
  void withItsSourceAnAppHasTheCommitThatNobodyHadLookedAtYet(
      @KubernetesApi ApiServer api, @TempDir Path temp) throws Exception {
    api.applyCrds(EnrolStage.CHART.resolve("crds"));
    String namespace = api.newNamespace("asked");
    Path served = temp.resolve("served");
    TestRepository repository =
        TestRepository.create(served.resolve("repo")).write("pump.yaml", app(1));
    repository.commit();
    var fatal = new CopyOnWriteArrayList<String>();
    try (HttpsGitServer git = HttpsGitServer.start(served);
        KubernetesClient client =
            Clients.working(Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of());
        GitSources sources = sources(client, namespace, temp.resolve("cache"));
        FleetControl fleet = fleet(client, namespace, fatal)) {
      fleet.start();
      sources.start();
      String ca = "--from-file=ca.crt=" + HttpsGitServer.caFile(served);
      api.kubectl("create", "secret", "generic", "git", "-n", namespace, ca).orThrow();
      api.kubectl("label", "secret", "git", "-n", namespace, "sandbar.dev/git=true").orThrow();
      api.kubectl()
          .apply(
              """
              apiVersion: sandbar.dev/v1alpha1
              kind: GitSource
              metadata: {name: apps, namespace: %s}
              spec: {url: '%s', interval: 1h, secretRef: {name: git}}
              """
                  .formatted(namespace, git.url("repo")))
          .orThrow();
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(() -> assertThat(seen(api, namespace)).isEqualTo("1 1 1"));

      repository.write("pump.yaml", app(2)).commit();
      assertThat(reconcile(api, namespace)).contains("appsandbox/pump is reconciled");
      assertThat(seen(api, namespace)).as("the app without its source").isEqualTo("1 1 1");
      assertThat(reconcile(api, namespace, "--with-source"))
          .contains("appsandbox/pump is reconciled, generation 2");
      assertThat(seen(api, namespace)).as("command, generation, handled").isEqualTo("2 2 2");
      assertThat(fatal).isEmpty();
    }
  }

  private static GitSources sources(KubernetesClient client, String namespace, Path cache) {
    return new GitSources(
        client,
        Clock.systemUTC(),
        new SimpleMeterRegistry(),
        GitSourceConfig.of(List.of(namespace), cache)
            .withReach(GitReach.OTHER_MACHINES.withLoopback()));
  }

  private static FleetControl fleet(KubernetesClient client, String namespace, List<String> fatal) {
    return new FleetControl(
        client,
        Clock.systemUTC(),
        new OperatorMetrics(new SimpleMeterRegistry(), () -> true),
        new FleetControl.Settings(Set.of(namespace), namespace, "test-operator", 4),
        () -> true,
        _ -> {},
        (_, _) -> {},
        _ -> {},
        fatal::add);
  }

  /** The app's command, its generation, and that which the operator has compiled. */
  private static String seen(ApiServer api, String namespace) {
    String path =
        "jsonpath={.spec.run.command[1]} {.metadata.generation} {.status.observedGeneration}";
    return api.kubectl("get", "asb", "pump", "-n", namespace, "-o", path).stdout();
  }

  private static String reconcile(ApiServer api, String namespace, String... more) {
    var out = new ByteArrayOutputStream();
    var command = new ArrayList<>(List.of("fleet", "reconcile", "app/pump"));
    command.addAll(List.of("-n", namespace));
    command.addAll(List.of(more));
    int code =
        Main.run(
            command.toArray(String[]::new),
            new ByteArrayInputStream(new byte[0]),
            out,
            out,
            Map.of("KUBECONFIG", api.kubeconfig().toString()));
    assertThat(code).as(out.toString(UTF_8)).isZero();
    return out.toString(UTF_8);
  }
}
