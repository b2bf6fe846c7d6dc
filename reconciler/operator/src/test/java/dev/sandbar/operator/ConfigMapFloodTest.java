package dev.sandbar.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** ConfigMaps of a tenant who wants the memory of the operator. */
class ConfigMapFloodTest {
  private static final int HEAP_MIB = 96;
  private static final int OBJECTS = 80;

  /** As many as a spec may have files. */
  private static final int NAMED = 32;

  /** The value that is named is small, and beside it there is all that a ConfigMap may hold. */
  private static String configMap(int i) {
    String rest =
        i % 4 > 0
            ? "\"rest\": \"" + "x".repeat(1_000_000) + "\""
            // Small values take many times their bytes once they are objects.
            : IntStream.range(0, 5_000)
                .mapToObj(key -> "\"%06x\": \"\"".formatted(key))
                .collect(Collectors.joining(", "));
    return """
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "big-%d"},
     "data": {"one": "level %d", %s}}
    """
        .formatted(i, i, rest);
  }

  private static String files() {
    return IntStream.range(0, NAMED)
        .mapToObj(
            i -> "{path: /run/%1$d, from: {configMap: {name: big-%1$d, key: one}}}".formatted(i))
        .collect(Collectors.joining(", ", "files: [", "]"));
  }

  @Test
  void anOperatorOfSmallHeapReadsThoseThatAreNamed(
      @KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api) throws Exception {
    try (var fleet = new TestFleet(api)) {
      String uri = "/api/v1/namespaces/" + fleet.namespace + "/configmaps";
      try (var workers = Executors.newFixedThreadPool(4)) {
        IntStream.range(0, OBJECTS)
            .forEach(
                i ->
                    workers.execute(
                        () -> {
                          String _ = fleet.client.raw(uri, "POST", configMap(i));
                        }));
      }
      fleet.device("one", "{}");
      fleet.app("greedy", "run: {command: [/usr/bin/app]}\n" + files());
      try (var operator = new OperatorProgram(api, fleet.namespace, "flooded", HEAP_MIB)) {
        await()
            .atMost(Duration.ofMinutes(3))
            .until(
                () ->
                    PublishingTest.app(fleet, "one", "greedy", "spec", "files")
                        .contains("content=level 31"));
        // It goes on, and sees each change.
        String patch =
            "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"data\": {\"one\": \"new\"}}";
        api.kubectl(
                "patch", "configmap", "big-31", "-n", fleet.namespace, "--type=merge", "-p", patch)
            .orThrow();
        await()
            .atMost(Duration.ofMinutes(4))
            .until(
                () ->
                    PublishingTest.app(fleet, "one", "greedy", "spec", "files")
                        .contains("content=new"));
        assertThat(operator.log())
            .doesNotContain("OutOfMemoryError", "StackOverflowError", "watch failed");
      } finally {
        String _ = fleet.client.raw(uri, "DELETE", null);
      }
    }
  }
}
