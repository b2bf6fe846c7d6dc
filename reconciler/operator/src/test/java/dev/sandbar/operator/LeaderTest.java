package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.gitsource.Push;
import dev.sandbar.operator.publish.Writes.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Two operators: one works. */
@Execution(ExecutionMode.CONCURRENT)
class LeaderTest {
  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}";

  private static long generation(TestFleet fleet) {
    return Objects.requireNonNull(fleet.bundle("one")).getMetadata().getGeneration();
  }

  private static String app(TestFleet fleet, String what) {
    return PublishingTest.app(fleet, "one", "pump", what);
  }

  @Test
  void anotherTakesOverWhenTheLeaderIsKilled(@KubernetesApi ApiServer api)
      throws IOException, InterruptedException {
    try (var fleet = new TestFleet(api);
        var first = new OperatorProgram(api, fleet.namespace, "first")) {
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      soon().until(() -> !app(fleet, "rendered").isEmpty());
      try (var second = new OperatorProgram(api, fleet.namespace, "second")) {
        soon().until(() -> second.log().contains("action=start"));
        long before = generation(fleet);

        first.kill();
        fleet.app("pump", SPEC + "\nmode: Open\n");
        soon().until(() -> app(fleet, "generation").equals("2"));
        assertThat(second.leads()).isTrue();
        assertThat(second.log()).as("not said before it was known").doesNotContain("no device");
        assertThat(generation(fleet)).as("one write of the bundle").isEqualTo(before + 1);

        // Asked to end, it lets the Lease go, so that the next need not wait.
        assertThat(second.end()).isZero();
        assertThat(
                Objects.requireNonNull(
                        fleet
                            .client
                            .leases()
                            .inNamespace(fleet.namespace)
                            .withName("sandbar-operator")
                            .get())
                    .getSpec()
                    .getHolderIdentity())
            .isEmpty();
      }
    }
  }

  @Test
  void aLeaderThatWasPausedWritesNothingWhenItWakes(@KubernetesApi ApiServer api)
      throws IOException, InterruptedException {
    try (var fleet = new TestFleet(api);
        var first = new OperatorProgram(api, fleet.namespace, "paused")) {
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      soon().until(() -> !app(fleet, "rendered").isEmpty());
      try (var second = new OperatorProgram(api, fleet.namespace, "other")) {
        soon().until(() -> second.log().contains("action=start"));
        first.signal("STOP");
        soon().until(second::leads);
        fleet.app("pump", SPEC + "\nmode: Open\n");
        soon().until(() -> app(fleet, "generation").equals("2"));
        long after = generation(fleet);
        fleet.app("pump", SPEC);
        first.signal("CONT");
        assertThat(first.exit()).as("the Lease is lost").isEqualTo(1);
        soon().until(() -> app(fleet, "generation").equals("3"));
        assertThat(generation(fleet)).isEqualTo(after + 1);
        assertThat(fleet.field(Kind.APP_SANDBOX, "pump", "status", "observedGeneration"))
            .isNotEmpty();
      }
    }
  }

  @Test
  void aPushToTheOneThatWaitsIsDoneByTheOneThatLeads(@KubernetesApi ApiServer api)
      throws IOException, InterruptedException {
    try (var fleet = new TestFleet(api);
        var first = new OperatorProgram(api, fleet.namespace, "leads")) {
      api.kubectl()
          .apply(
              """
              apiVersion: v1
              kind: Secret
              metadata: {name: hook, namespace: SPACE, labels: {sandbar.dev/git: "true"}}
              stringData: {token: the key}
              ---
              apiVersion: sandbar.dev/v1alpha1
              kind: GitSource
              metadata: {name: fleet, namespace: SPACE}
              spec: {url: "https://localhost:1/none", interval: 1h, webhookSecretRef: {name: hook}}
              """
                  .replace("SPACE", fleet.namespace))
          .orThrow();
      soon().until(first::leads);
      try (var second = new OperatorProgram(api, fleet.namespace, "waits")) {
        soon().until(() -> second.log().contains("action=start"));
        var push = new Push(second.webhookPort(), fleet.namespace);
        soon().until(() -> push.signed("fleet", "the key") == 202);
        soon().until(() -> !handled(api, fleet).isEmpty());
        String before = handled(api, fleet);
        assertThat(push.signed("fleet", "another key")).isEqualTo(401);
        assertThat(push.signed("fleet", "the key")).isEqualTo(202);
        soon().until(() -> !handled(api, fleet).equals(before));
        assertThat(second.leads()).isFalse();
        assertThat(second.log()).doesNotContain("not the leader").doesNotContain("Exception");
      }
    }
  }

  @Test
  void whoeverSawMoreThanARestoredStoreHasEndsAndTheNextBeginsAnew(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api, @TempDir Path folder)
      throws IOException, InterruptedException {
    try (var fleet = new TestFleet(api);
        var first = new OperatorProgram(api, fleet.namespace, "saw-more")) {
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      soon().until(() -> !app(fleet, "rendered").isEmpty());
      soon().until(first::leads);
      api.backUp(folder.resolve("backup"));
      String lease = lease(api, fleet);
      fleet.app("pump", SPEC + "\nmode: Open\n");
      soon().until(() -> app(fleet, "generation").equals("2"));
      // A store that has lost less than one renewal shows it to nobody.
      soon().until(() -> !lease(api, fleet).equals(lease));
      api.restore(folder.resolve("backup"));
      assertThat(first.exit()).isEqualTo(1);
      assertThat(first.log()).contains("restored from a backup");
      try (var next = new OperatorProgram(api, fleet.namespace, "anew")) {
        soon().until(next::leads);
        fleet.app("pump", SPEC + "\nmode: Open\n");
        soon().until(() -> app(fleet, "generation").equals("2"));
      }
    }
  }

  private static String lease(ApiServer api, TestFleet fleet) {
    return api.kubectl(
            "get",
            "lease",
            "sandbar-operator",
            "-n",
            fleet.namespace,
            "-o",
            "jsonpath={.metadata.resourceVersion}")
        .orThrow();
  }

  private static String handled(ApiServer api, TestFleet fleet) {
    return api.kubectl(
            "get",
            "gitsource",
            "fleet",
            "-n",
            fleet.namespace,
            "-o",
            "jsonpath={.status.lastHandledReconcileAt}")
        .orThrow();
  }
}
