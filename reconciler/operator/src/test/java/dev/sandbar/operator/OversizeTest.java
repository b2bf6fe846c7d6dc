package dev.sandbar.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.publish.Writes.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Objects of a tenant that were stored before specs had bounds. */
class OversizeTest {
  private static final int OBJECTS = 110;
  private static final int LEASES = 40;
  private static final int HEAP_MIB = 96;
  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}";

  private static String spec(int i) {
    String command = "\"run\": {\"command\": [\"/usr/bin/app\"%s]}";
    return switch (i) {
      // As deep as an API server takes it, and keys that no parser expects.
      case 0 -> command.formatted("") + ", \"a\": " + "[".repeat(5_000) + "]".repeat(5_000);
      case 1 -> command.formatted("") + ", \"" + "k".repeat(200_000) + "\": 1";
      // Small values take much more memory than bytes.
      case 2 -> command.formatted("") + ", \"a\": [[]" + ",[]".repeat(400_000) + "]";
      default -> command.formatted((", \"" + "x".repeat(4_000) + "\"").repeat(250));
    };
  }

  /** As a device may write it: the API server bounds none of its texts. */
  private static String lease(int i) {
    return """
    {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
     "metadata": {"name": "big-%d", "labels": {"sandbar.dev/device": "big-%d"}},
     "spec": {"holderIdentity": "%s", "leaseDurationSeconds": 30}}
    """
        .formatted(i, i, "x".repeat(1_400_000));
  }

  @Test
  void anOperatorOfSmallHeapSurvivesThemAndSaysWhichAreNotUsed(
      @KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api) throws Exception {
    try (var fleet = new TestFleet(api)) {
      String uri = "/apis/sandbar.dev/v1alpha1/namespaces/" + fleet.namespace + "/appsandboxes";
      String leases = "/apis/coordination.k8s.io/v1/namespaces/" + fleet.namespace + "/leases";
      api.applyCrds(Path.of("../../crds/baseline/v1alpha1"));
      try (var workers = Executors.newFixedThreadPool(4)) {
        IntStream.range(0, OBJECTS)
            .forEach(
                i ->
                    workers.execute(
                        () -> {
                          String _ =
                              fleet.client.raw(
                                  uri,
                                  "POST",
                                  """
                                  {"apiVersion": "sandbar.dev/v1alpha1", "kind": "AppSandbox",
                                   "metadata": {"name": "big-%03d"}, "spec": {%s}}
                                  """
                                      .formatted(i, spec(i)));
                        }));
        IntStream.range(0, LEASES)
            .forEach(
                i ->
                    workers.execute(
                        () -> {
                          String _ = fleet.client.raw(leases, "POST", lease(i));
                        }));
      }
      api.applyCrds(Path.of("../../charts/sandbar/crds"));
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      try (var operator = new OperatorProgram(api, fleet.namespace, "small", HEAP_MIB)) {
        await()
            .atMost(Duration.ofMinutes(3))
            .until(() -> !PublishingTest.app(fleet, "one", "pump", "rendered").isEmpty());
        for (int i = 0; i < 4; i++) {
          String name = "big-%03d".formatted(i);
          await()
              .atMost(Duration.ofMinutes(2))
              .until(
                  () ->
                      fleet
                          .condition(Kind.APP_SANDBOX, name, "Stalled")
                          .equals("True/InvalidSpec"));
          assertThat(fleet.message(Kind.APP_SANDBOX, name, "Ready"))
              .startsWith("spec is larger than the 65536 bytes that are read");
        }
        // It goes on working.
        fleet.app("pump", SPEC + "\nmode: Open");
        await()
            .atMost(Duration.ofMinutes(2))
            .until(() -> PublishingTest.app(fleet, "one", "pump", "generation").equals("2"));
        assertThat(operator.log())
            .doesNotContain("OutOfMemoryError", "StackOverflowError", "watch failed");
      } finally {
        String _ = fleet.client.raw(uri, "DELETE", null);
        String _ = fleet.client.raw(leases, "DELETE", null);
      }
    }
  }
}
