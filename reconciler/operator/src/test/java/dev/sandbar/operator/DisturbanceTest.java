package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.apiserver.Relay;
import dev.sandbar.operator.publish.Writes.Kind;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Others write at the same time, schemas change, versions are forgotten, clocks jump. */
@Execution(ExecutionMode.CONCURRENT)
class DisturbanceTest {
  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}\n";
  private static final Path CRDS = Path.of("../../charts/sandbar/crds");

  private static String app(TestFleet fleet, String app, String... path) {
    return PublishingTest.app(fleet, "one", app, path);
  }

  private static String version(int n) {
    return SPEC + "directives: {TasksMax: " + (100 + n) + "}\n";
  }

  private static String generation(TestFleet fleet, String name) {
    return Objects.requireNonNull(fleet.get(Kind.APP_SANDBOX, name))
        .getMetadata()
        .getGeneration()
        .toString();
  }

  /** The bundle holds what was declared last, of the spec and of its generation. */
  private static boolean holds(TestFleet fleet, String name, int version) {
    return app(fleet, name, "spec", "directives", "TasksMax").equals("" + (100 + version))
        && app(fleet, name, "generation").equals(generation(fleet, name))
        && fleet
            .field(Kind.APP_SANDBOX, name, "status", "observedGeneration")
            .equals(generation(fleet, name));
  }

  private static void falls(RunningOperator operator) {
    soon()
        .during(Duration.ofSeconds(2))
        .until(
            () -> {
              boolean quiet = operator.requests.all().isEmpty();
              operator.requests.clear();
              return quiet;
            });
  }

  @Test
  void aStormOfForeignWritesDelaysButLosesNothing(@KubernetesApi ApiServer api) throws Exception {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{}");
      fleet.app("pump", version(0));
      soon().until(() -> holds(fleet, "pump", 0));
      falls(operator);

      int storm = 200;
      int changes = 20;
      try (var others = Executors.newFixedThreadPool(4)) {
        for (int i = 0; i < storm; i++) {
          int number = i;
          others.execute(() -> annotate(fleet, Kind.DEVICE_BUNDLE, "one", number));
          others.execute(() -> annotate(fleet, Kind.DEVICE, "one", number));
          others.execute(() -> annotate(fleet, Kind.APP_SANDBOX, "pump", number));
        }
        for (int i = 1; i <= changes; i++) {
          fleet.app("pump", version(i));
          Thread.sleep(50);
        }
      }
      soon().until(() -> holds(fleet, "pump", changes));
      int asked = operator.requests.all().size();
      assertThat(asked).as("requests for %d changes", changes).isLessThan(storm);
      assertThat(conflicts(operator)).as("writes that met a foreign one").isPositive();
      falls(operator);
      assertThat(Objects.requireNonNull(fleet.bundle("one")).getMetadata().getAnnotations())
          .as("what others wrote stays")
          .containsKey("storm");
      assertThat(operator.fatal).isEmpty();
    }
  }

  private static double conflicts(RunningOperator operator) {
    var counter =
        operator.registry.find("sandbar.bundle.writes").tag("result", "conflict").counter();
    return counter == null ? 0 : counter.count();
  }

  private static void annotate(TestFleet fleet, Kind kind, String name, int number) {
    var object =
        fleet.client.genericKubernetesResources(kind.context()).inNamespace(fleet.namespace);
    var _ =
        object
            .withName(name)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"metadata\":{\"annotations\":{\"storm\":\"" + number + "\"}}}");
  }

  @Test
  void whatIsTooOldToGoOnFromIsReadAgain(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api) throws Exception {
    try (var fleet = new TestFleet(api);
        Relay relay = api.relay(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()))) {
      Config config = Config.fromKubeconfig(api.kubeconfig().toFile());
      config.setMasterUrl("https://127.0.0.1:" + relay.port() + "/");
      try (var operator = new RunningOperator(config, fleet.namespace)) {
        fleet.device("one", "{}");
        fleet.app("pump", version(0));
        fleet.app("valve", version(0));
        soon().until(() -> holds(fleet, "pump", 0) && holds(fleet, "valve", 0));

        // Watches that end can go on where they were.
        relay.dropConnections();
        fleet.app("pump", version(1));
        soon().until(() -> holds(fleet, "pump", 1));

        relay.cut();
        String seen =
            Objects.requireNonNull(fleet.bundle("one")).getMetadata().getResourceVersion();
        fleet.app("pump", version(2));
        fleet.deleteApp("valve");
        fleet.app("late", version(3));
        fleet.device("two", "{}");
        // Its watch cache begins anew and holds nothing of what was before.
        api.stopApiServer();
        api.startApiServer();
        for (String plural : List.of("devicebundles", "appsandboxes", "devices")) {
          assertThat(
                  api.kubectl(
                          "get",
                          "--raw",
                          "/apis/sandbar.dev/v1alpha1/namespaces/%s/%s?watch=true&timeoutSeconds=2&resourceVersion=%s"
                              .formatted(fleet.namespace, plural, seen))
                      .stdout())
              .as(plural)
              .contains("410");
        }
        operator.requests.clear();
        relay.restore();
        soon().until(() -> holds(fleet, "pump", 2) && holds(fleet, "late", 3));
        soon().until(() -> app(fleet, "valve", "rendered").isEmpty());
        soon().until(() -> !PublishingTest.app(fleet, "two", "late", "rendered").isEmpty());
        assertThat(operator.requests.all()).anyMatch(r -> r.endsWith("/appsandboxes"));
        assertThat(operator.requests.all().size()).as("no hot loop").isLessThan(200);

        fleet.app("late", version(4));
        soon().until(() -> holds(fleet, "late", 4));
        assertThat(operator.fatal).isEmpty();
      }
    }
  }

  @Test
  void aSchemaThatChangesUnderLoadLosesNoUpdate(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api) throws Exception {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{}");
      int apps = 10;
      int rounds = 20;
      for (int a = 0; a < apps; a++) {
        fleet.app("app-" + a, version(0));
      }
      soon().until(() -> holds(fleet, "app-9", 0));
      try (var others = Executors.newFixedThreadPool(2)) {
        var upgrades = others.submit(() -> upgrade(api));
        for (int round = 1; round <= rounds || !upgrades.isDone(); round++) {
          for (int a = 0; a < apps; a++) {
            change(fleet, "app-" + a, version(round));
          }
        }
        assertThat(upgrades.get()).isEqualTo(6);
      }
      for (int a = 0; a < apps; a++) {
        change(fleet, "app-" + a, version(500 + a));
      }
      for (int a = 0; a < apps; a++) {
        String name = "app-" + a;
        int last = 500 + a;
        soon().until(() -> holds(fleet, name, last));
      }
      assertThat(operator.fatal).isEmpty();
    }
  }

  /** While a schema is exchanged the server may answer 404 or 503 for a moment. */
  private static void change(TestFleet fleet, String name, String spec) {
    soon()
        .until(
            () -> {
              fleet.app(name, spec);
              return true;
            });
  }

  /** Applies the CRDs with another description and one more optional field, and as they were. */
  private static int upgrade(ApiServer api) throws IOException {
    int done = 0;
    for (int i = 0; i < 3; i++) {
      for (String file :
          List.of("appsandboxes.sandbar.dev.yaml", "devicebundles.sandbar.dev.yaml")) {
        String crd = Files.readString(CRDS.resolve(file));
        String changed =
            crd.replaceFirst(
                "(?m)^( +)spec:\n +description: .*\n +type: object\n +properties:\n",
                "$1spec:\n$1  description: Edition "
                    + i
                    + "\n$1  type: object\n$1  properties:\n"
                    + "$1    added"
                    + i
                    + ": {type: string}\n");
        assertThat(changed).isNotEqualTo(crd);
        api.kubectl()
            .runWithInput(changed, "apply", "--server-side", "--force-conflicts", "-f", "-")
            .orThrow();
        done++;
      }
    }
    return done;
  }

  @Test
  void aClockOfADeviceThatJumpsDaysNeitherHidesNorKeepsIt(@KubernetesApi ApiServer api)
      throws Exception {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      soon().until(() -> !app(fleet, "pump", "rendered").isEmpty());
      fleet.takeOver("one");
      soon()
          .until(
              () ->
                  fleet
                      .condition(Kind.DEVICE, "one", "Ready")
                      .equals("True/ReconciliationSucceeded"));
      // Longer than a lease of 30 s, and each time on another side of the true time.
      for (int i = 0; i < 9; i++) {
        fleet.renewAt("one", Duration.ofDays(i % 2 == 0 ? 1 : -1).plusSeconds(i));
        Thread.sleep(5_000);
        assertThat(fleet.condition(Kind.DEVICE, "one", "Ready"))
            .isEqualTo("True/ReconciliationSucceeded");
      }
      assertThat(fleet.events("Device", "one")).doesNotContain("DeviceUnreachable");
      // A day ahead is no credit: it is silent from now on.
      fleet.renewAt("one", Duration.ofDays(1));
      soon()
          .until(
              () ->
                  fleet.condition(Kind.DEVICE, "one", "Ready").equals("Unknown/DeviceUnreachable"));
    }
  }
}
