package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What has changed in a fleet, as the object of its namespace says it. */
@Execution(ExecutionMode.CONCURRENT)
class HistoryTest {
  private static final String SPEC = "run: {command: [/usr/bin/sleep, '%d']}";

  private static List<String> changes(TestFleet fleet) {
    var object = fleet.get(Kind.FLEET_HISTORY, "fleet");
    var all = new ArrayList<String>();
    if (object != null && object.get("spec", "entries") instanceof List<?> entries) {
      for (Object entry : entries) {
        if (entry instanceof Map<?, ?> fields && fields.get("names") instanceof List<?> names) {
          // One line each: whether two changes are found at once is a matter of moments.
          for (Object name : names) {
            all.add(
                "%s %s %s %s"
                    .formatted(
                        fields.get("kind"),
                        name,
                        fields.get("change"),
                        Objects.requireNonNullElse(fields.get("manager"), "-")));
          }
        }
      }
    }
    return all;
  }

  private static void kubectl(ApiServer api, TestFleet fleet, String... args) {
    var all = new ArrayList<>(List.of(args));
    all.addAll(List.of("-n", fleet.namespace));
    api.kubectl(all.toArray(String[]::new)).orThrow();
  }

  private static String version(TestFleet fleet) {
    var object = fleet.get(Kind.FLEET_HISTORY, "fleet");
    return object == null ? "" : object.getMetadata().getResourceVersion();
  }

  @Test
  void changesAreRecordedOnceWhateverBecomesOfTheOperator(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      fleet.device("one", "{}");
      fleet.app("pump", SPEC.formatted(1));
      fleet.app("gone", SPEC.formatted(1));
      try (var _ = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> !version(fleet).isEmpty());
        assertThat(changes(fleet)).as("what was there is no change").isEmpty();
        soon().until(() -> !PublishingTest.app(fleet, "one", "pump", "rendered").isEmpty());
        fleet.takeOver("one");
        soon().until(() -> changes(fleet).toString().contains("RolledOut"));
      }
      List<String> before = changes(fleet);
      // While no operator runs.
      // As a GitSource does.
      api.kubectl()
          .runWithInput(
              """
              apiVersion: sandbar.dev/v1alpha1
              kind: AppSandbox
              metadata: {name: valve, namespace: %s, annotations: {sandbar.dev/revision: main@sha1:1}}
              spec: {%s}
              """
                  .formatted(fleet.namespace, SPEC.formatted(1)),
              "apply",
              "--server-side",
              "--field-manager=sandbar-gitsource",
              "-f",
              "-")
          .orThrow();
      kubectl(
          api,
          fleet,
          "patch",
          "asb",
          "pump",
          "--type=merge",
          "-p",
          "{\"spec\": {\"run\": {\"command\": [\"/usr/bin/sleep\", \"3\"]}}}");
      kubectl(api, fleet, "annotate", "asb", "pump", "sandbar.dev/revision=forged", "a=b");
      kubectl(api, fleet, "label", "device", "one", "line=3");
      fleet.deleteApp("gone");
      // Two leaders for a while: each write holds only of what was read before.
      try (var _ = new RunningOperator(api, fleet.namespace);
          var _ = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> changes(fleet).toString().contains("LabelsChanged"));
        soon().until(() -> PublishingTest.app(fleet, "one", "pump", "generation").equals("2"));
        fleet.report("one", "False", "RolledBack", "exited with 1", List.of());
        soon()
            .until(
                () ->
                    changes(fleet)
                        .containsAll(
                            List.of(
                                "AppSandbox pump RolledBack -", "AppSandbox valve RolledBack -")));
      }
      assertThat(changes(fleet).subList(0, before.size())).isEqualTo(before);
      assertThat(changes(fleet).subList(before.size(), changes(fleet).size()))
          .containsExactlyInAnyOrder(
              "AppSandbox gone Removed -",
              "AppSandbox pump SpecChanged kubectl-patch",
              "AppSandbox valve Created sandbar-gitsource",
              "Device one LabelsChanged -",
              "AppSandbox pump RolledBack -",
              "AppSandbox valve RolledBack -");
      assertThat(fleet.field(Kind.FLEET_HISTORY, "fleet", "spec", "entries"))
          .contains("revision=main@sha1:1")
          .doesNotContain("forged");
    }
  }

  @Test
  void theFirstThatComesToANamespaceIsAChange(@KubernetesApi ApiServer api) {
    try (var first = new TestFleet(api);
        var fleet = new TestFleet(api)) {
      first.device("one", "{}");
      try (var _ = new RunningOperator(api, first.namespace, fleet.namespace)) {
        // Now it knows where there was something when it began.
        soon().until(() -> !version(first).isEmpty());
        fleet.device("two", "{}");
        fleet.app("pump", SPEC.formatted(1));
        soon()
            .until(
                () ->
                    changes(fleet).stream().anyMatch(it -> it.startsWith("AppSandbox pump Created"))
                        && changes(fleet).toString().contains("Device two Created"));
        assertThat(changes(first)).isEmpty();
      }
    }
  }

  private static String entries(TestFleet fleet) {
    return fleet.field(Kind.FLEET_HISTORY, "fleet", "spec", "entries");
  }

  private static void change(
      ApiServer api, TestFleet fleet, int seconds, String annotations, String... options) {
    var line =
        new ArrayList<>(
            List.of(
                "patch",
                "asb",
                "pump",
                "--as=jane",
                "--type=merge",
                "-p",
                "{\"metadata\": {\"annotations\": {%s}}, \"spec\": {\"run\": {\"command\": [\"/usr/bin/sleep\", \"%d\"]}}}"
                    .formatted(annotations, seconds)));
    line.addAll(List.of(options));
    kubectl(api, fleet, line.toArray(String[]::new));
  }

  @Test
  void theUserIsRecordedWhereTheApiServerHasWrittenIt(@KubernetesApi ApiServer api)
      throws IOException {
    try (var fleet = new TestFleet(api)) {
      String forged = "\"sandbar.dev/changedBy\": \"forged\"";
      api.kubectl(
              "create",
              "clusterrolebinding",
              fleet.namespace,
              "--clusterrole=cluster-admin",
              "--user=jane")
          .orThrow();
      fleet.app("pump", SPEC.formatted(1));
      try (var _ = new RunningOperator(api, fleet.namespace)) {
        soon().until(() -> !version(fleet).isEmpty());
        change(api, fleet, 2, forged);
        soon().until(() -> entries(fleet).contains("SpecChanged"));
        assertThat(entries(fleet)).as("nobody has verified it").doesNotContain("user");

        String policy = Files.readString(Path.of("../../charts/sandbar/files/changed-by.yaml"));
        String here =
            "  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %s}}}"
                .formatted(fleet.namespace);
        api.kubectl()
            .apply(
                policy.replace(
                    "  policyName: changed-by.sandbar.dev\n",
                    "  policyName: changed-by.sandbar.dev\n" + here + "\n"))
            .orThrow();
        var seconds = new AtomicInteger(3);
        soon()
            .until(
                () -> {
                  change(api, fleet, seconds.getAndIncrement(), "\"a\": \"b\"");
                  return "jane"
                      .equals(
                          ObjectFields.annotation(
                              Objects.requireNonNull(fleet.get(Kind.APP_SANDBOX, "pump")),
                              "sandbar.dev/changedBy"));
                });
        soon().until(() -> entries(fleet).contains("user=jane"));
        // Whoever is known is believed no commit, whatever they call themselves.
        change(
            api,
            fleet,
            1000,
            "\"sandbar.dev/revision\": \"main@sha1:forged\"",
            "--field-manager=sandbar-gitsource");
        soon().until(() -> entries(fleet).contains("manager=sandbar-gitsource"));
        assertThat(entries(fleet)).doesNotContain("sha1:forged");
        // Of the operator itself it is.
        kubectl(
            api,
            fleet,
            "patch",
            "asb",
            "pump",
            "--field-manager=sandbar-gitsource",
            "--type=merge",
            "-p",
            "{\"metadata\": {\"annotations\": {\"sandbar.dev/revision\": \"main@sha1:2\"}}, \"spec\": {\"mode\": \"Open\"}}");
        soon().until(() -> entries(fleet).contains("revision=main@sha1:2"));
      } finally {
        for (String kind : List.of("mutating", "validating")) {
          api.kubectl("delete", kind + "admissionpolicybinding", "changed-by.sandbar.dev");
          api.kubectl("delete", kind + "admissionpolicy", "changed-by.sandbar.dev");
        }
      }
    }
  }

  @Test
  void whatSomebodyWritesThereCostsTheOperatorNothing(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      String name = "y".repeat(200);
      String forged =
          "{\"time\": \"x\", \"kind\": \"Device\", \"names\": [%s\"y\"], \"change\": \"Forged\"}"
              .formatted(("\"" + name + "\",").repeat(99));
      String path = "/apis/sandbar.dev/v1alpha1/namespaces/" + fleet.namespace + "/fleethistories";
      String object =
          """
          {"apiVersion": "sandbar.dev/v1alpha1", "kind": "FleetHistory", "metadata": {"name": "fleet"},
           "spec": {"entries": [%s%s], "seen": ["nonsense", "AppSandbox/pump 7 - - - -"], "omitted": -1}}
          """
              .formatted((forged + ",").repeat(19), forged);
      String _ = fleet.client.raw(path, "POST", object);
      try (var operator = new RunningOperator(api, fleet.namespace)) {
        fleet.app("pump", SPEC.formatted(1));
        soon().until(() -> changes(fleet).contains("AppSandbox pump Created fabric8"));
        assertThat(changes(fleet)).as("bounded in bytes, 2,000 were stored").hasSizeLessThan(1000);
        assertThat(fleet.field(Kind.FLEET_HISTORY, "fleet", "spec", "seen"))
            .startsWith("[AppSandbox/pump 1 ")
            .doesNotContain("nonsense");
        String version = version(fleet);
        // Its next changes are recorded in the place of one that is deleted.
        kubectl(api, fleet, "delete", "fleethistory", "fleet");
        fleet.app("pump", SPEC.formatted(2));
        soon().until(() -> !version(fleet).isEmpty() && !version(fleet).equals(version));
        fleet.app("pump", SPEC.formatted(3));
        soon().until(() -> changes(fleet).contains("AppSandbox pump SpecChanged fabric8"));
        assertThat(operator.fatal).isEmpty();
      }
    }
  }
}
