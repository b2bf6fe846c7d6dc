package dev.sandbar.operator.gitsource;

import static dev.sandbar.operator.gitsource.World.app;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of commits. */
class GitSourceTest {
  @TempDir Path temp;
  private World world;

  @BeforeEach
  void begin(@KubernetesApi ApiServer api) throws Exception {
    world = new World(api, temp);
  }

  @AfterEach
  void end() {
    world.close();
  }

  @Test
  void appsOfARepositoryAreMadeChangedAndRemoved() throws Exception {
    world.repository.write("one.yaml", app("one")).write("two.yaml", app("two"));
    String first = world.repository.commit();
    world.operator();
    world.source("fleet");
    world.awaitReady("fleet");
    assertThat(world.apps()).containsExactly("one", "two");
    assertThat(world.condition("fleet", "Ready"))
        .isEqualTo("True ReconciliationSucceeded: Applied revision: main@sha1:" + first);
    assertThat(world.status("fleet").inventory()).containsExactly("one", "two");
    assertThat(world.status("fleet").observedGeneration()).isEqualTo(1);
    assertThat(world.appOf("one").require().getMetadata().getLabels())
        .containsEntry("sandbar.dev/source", "fleet");
    assertThat(revision("one")).isEqualTo("main@sha1:" + first);

    // The schema of the API knows neither the alias nor the word.
    world.repository.write("one.yaml", app("one", "permissions: {ACCESS_INTERNET: yes}"));
    Files.delete(world.repository.directory.resolve("two.yaml"));
    String second = world.repository.commit();
    world.reconcile("fleet");
    assertThat(world.apps()).containsExactly("one");
    assertThat(world.spec("one")).containsEntry("permissions", Map.of("internet", true));
    assertThat(revision("one")).isEqualTo("main@sha1:" + second);
    assertThat(world.status("fleet").lastAppliedRevision()).isEqualTo("main@sha1:" + second);
    assertThat(world.status("fleet").inventory()).containsExactly("one");
    World.until(() -> world.events().stream().anyMatch(it -> it.contains("two pruned")));
    assertThat(world.events()).anyMatch(it -> it.contains("AppSandbox/one configured"));
  }

  @Test
  void aFileOfTheRepositoryIsStoredAsContent() throws Exception {
    String files = "files: [{path: /run/one.conf, from: {file: conf/one.conf}}]";
    world.repository.write("one.yaml", app("one", files)).write("conf/one.conf", "level 1\n");
    world.repository.commit();
    world.operator();
    world.source("fleet");
    world.awaitReady("fleet");
    assertThat(world.spec("one"))
        .containsEntry("files", List.of(Map.of("path", "/run/one.conf", "content", "level 1\n")));
    world.repository.write("conf/one.conf", "level 2\n").commit();
    world.reconcile("fleet");
    assertThat(world.spec("one"))
        .containsEntry("files", List.of(Map.of("path", "/run/one.conf", "content", "level 2\n")));
  }

  private void statusOfOne(String fields) {
    world
        .api
        .kubectl(
            "patch",
            "asb",
            "one",
            "-n",
            world.namespace,
            "--subresource=status",
            "--type=merge",
            "-p",
            json("{status: {observedGeneration: 1, " + fields + "}}"))
        .orThrow();
  }

  private static String json(String yaml) {
    return JsonWriter.compact(
        YamlReader.read("test", yaml.getBytes(StandardCharsets.UTF_8)).documents().getFirst());
  }

  private static String condition(String type, String status, String reason) {
    return "{type: %s, status: '%s', reason: %s, message: x, lastTransitionTime: '2026-01-01T00:00:00Z'}"
        .formatted(type, status, reason);
  }

  @Test
  void whatFailsOnEveryDeviceIsNotReady() throws Exception {
    world.repository.write("one.yaml", app("one"));
    String commit = world.repository.commit();
    world.operator();
    world.source("fleet");
    world.awaitReady("fleet");
    String counts = "drifted: 0, unreachable: 0, cannotEnforce: 0";
    String failed =
        "[%s, %s]"
            .formatted(
                condition("Ready", "False", "RolledBack"),
                condition("Stalled", "True", "RolledBack"));
    statusOfOne(
        "devices: {desired: 2, updated: 2, ready: 0, %s}, conditions: %s"
            .formatted(counts, failed));
    world.awaitCondition(
        "fleet",
        "Ready",
        "False HealthCheckFailed: main@sha1:"
            + commit
            + " is applied, but 1 of 1 apps fail on every device: AppSandbox/one: RolledBack");
    world.awaitCondition("fleet", "Stalled", "True HealthCheckFailed");
    assertThat(world.status("fleet").lastAppliedRevision()).isEqualTo("main@sha1:" + commit);
    statusOfOne(
        "devices: {desired: 2, updated: 2, ready: 1, %s}, conditions: %s"
            .formatted(counts, failed));
    world.awaitReady("fleet");
    assertThat(world.condition("fleet", "Stalled")).isEmpty();
    world
        .api
        .kubectl(
            "patch",
            "gits",
            "fleet",
            "-n",
            world.namespace,
            "--type=merge",
            "-p",
            json("{spec: {suspend: true}}"))
        .orThrow();
    assertThat(world.api.kubectl("get", "gits", "-n", world.namespace).orThrow())
        .containsPattern("NAME +READY +STATUS +SUSPENDED +AGE\\s+fleet +True +Suspended +true");
  }

  @Test
  void aConfigMapIsNamedAndNotAppliedFromTheRepository() throws Exception {
    String from = "{configMap: {name: edge-conf, key: one.conf}}";
    String map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: edge-conf}, data: {a: b}}\n";
    world
        .repository
        .write("one.yaml", app("one", "files: [{path: /run/one.conf, from: " + from + "}]"))
        .write("map.yaml", map);
    world.repository.commit();
    world.operator();
    world.source("fleet");
    world.awaitReady("fleet");
    Map<String, Object> named = Map.of("configMap", Map.of("name", "edge-conf", "key", "one.conf"));
    assertThat(world.spec("one"))
        .containsEntry("files", List.of(Map.of("path", "/run/one.conf", "from", named)));
    assertThat(world.api.kubectl("get", "cm", "-n", world.namespace, "-o", "name").orThrow())
        .doesNotContain("edge-conf");
  }

  @Test
  void whoSuspendsOrHoldsAnAppEndsItUnlessGitSaysWhich() throws Exception {
    world
        .repository
        .write("one.yaml", app("one"))
        .write("two.yaml", app("two", "suspend: false", "hold: {reason: in Git}"))
        .write("three.yaml", app("three", "suspend: true"));
    world.repository.commit();
    world.operator();
    world.source("fleet", "drift: {mode: Correct}");
    world.awaitReady("fleet");
    assertThat(world.spec("three")).containsEntry("suspend", true);
    for (String name : List.of("one", "two")) {
      String patch = "{\"spec\":{\"suspend\":true,\"hold\":{\"reason\":\"by hand\"}}}";
      world
          .api
          .kubectl("patch", "asb", name, "-n", world.namespace, "--type=merge", "-p", patch)
          .orThrow();
    }
    World.until(() -> Boolean.FALSE.equals(world.spec("two").get("suspend")));
    World.until(() -> "{reason=in Git}".equals(String.valueOf(world.spec("two").get("hold"))));
    world.repository.write("one.yaml", app("one", "permissions: {jit: true}")).commit();
    world.reconcile("fleet");
    world.awaitReady("fleet");
    var byHand = Map.of("reason", "by hand");
    assertThat(world.spec("one"))
        .containsKey("permissions")
        .containsEntry("suspend", true)
        .containsEntry("hold", byHand);

    // A field that only the API server has goes; the suspension and the hold stay.
    String more = "{\"spec\":{\"permissions\":{\"canBus\":true}}}";
    world
        .api
        .kubectl("patch", "asb", "one", "-n", world.namespace, "--type=merge", "-p", more)
        .orThrow();
    World.until(() -> "{jit=true}".equals(String.valueOf(world.spec("one").get("permissions"))));
    assertThat(world.spec("one")).containsEntry("suspend", true).containsEntry("hold", byHand);
  }

  @Test
  void aCommitThatDoesNotConcernAnAppDoesNotTouchIt() throws Exception {
    world.repository.write("one.yaml", app("one")).write("README.md", "first");
    String first = world.repository.commit();
    world.operator();
    world.source("fleet");
    world.awaitReady("fleet");
    String version = world.appOf("one").require().getMetadata().getResourceVersion();
    world.repository.write("README.md", "second").write("two.yaml", app("two"));
    String second = world.repository.commit();
    world.reconcile("fleet");
    assertThat(world.apps()).containsExactly("one", "two");
    assertThat(world.appOf("one").require().getMetadata().getResourceVersion()).isEqualTo(version);
    assertThat(revision("one")).isEqualTo("main@sha1:" + first);
    assertThat(world.status("fleet").lastAppliedRevision()).isEqualTo("main@sha1:" + second);
  }

  @Test
  void whenNothingHasChangedAtMostThreeRequestsAreMade() throws Exception {
    for (int i = 0; i < 100; i++) {
      world.repository.write(
          "app-" + i + ".yaml", app("app-" + i, "mode: Closed", "drift: {mode: Detect}"));
    }
    world.repository.commit();
    world.operator();
    world.source("fleet");
    world.awaitReady("fleet");
    assertThat(world.apps()).hasSize(100);
    world.requests.clear();
    world.reconcile("fleet");
    world.reconcile("fleet");
    assertThat(world.requests).hasSizeLessThanOrEqualTo(6);
    assertThat(world.requests).filteredOn(it -> it.startsWith("PATCH")).hasSize(2);

    // Neither does a restart write anything: what is there is recognised.
    world.stopOperator();
    world.requests.clear();
    world.operator();
    world.reconcile("fleet");
    assertThat(world.requests).noneMatch(it -> it.contains("/appsandboxes/"));
  }

  @Test
  void oneBadFileAmongManyStopsNoOtherAndSaysWhere() throws Exception {
    for (int i = 0; i < 20; i++) {
      world.repository.write("app-" + i + ".yaml", app("app-" + i));
    }
    world.repository.commit();
    world.operator();
    world.source("fleet");
    world.awaitReady("fleet");
    world.repository.write("app-3.yaml", app("app-3", "permissions: {internett: true}"));
    world.repository.write("app-4.yaml", "kind: [unclosed");
    world.repository.write("app-5.yaml", app("app-5", "permissions: {internet: true}"));
    Files.delete(world.repository.directory.resolve("app-6.yaml"));
    String commit = world.repository.commit();
    world.reconcile("fleet");
    assertThat(world.spec("app-5")).containsKey("permissions");
    // A file that cannot be read may declare anything, so nothing is removed.
    assertThat(world.apps()).hasSize(20).contains("app-3", "app-4", "app-6");
    assertThat(world.spec("app-3")).doesNotContainKey("permissions");
    assertThat(world.condition("fleet", "Ready")).startsWith("False InvalidSpec");
    assertThat(world.condition("fleet", "Stalled")).startsWith("True InvalidSpec");
    assertThat(world.status("fleet").problems())
        .anyMatch(it -> it.at().startsWith("app-3.yaml:6:") && it.help().contains("internet"))
        .anyMatch(it -> it.at().startsWith("app-4.yaml:"));
    assertThat(world.status("fleet").lastAttemptedRevision()).endsWith(commit);
    assertThat(world.status("fleet").lastAppliedRevision()).doesNotEndWith(commit);

    world.repository.write("app-3.yaml", app("app-3")).write("app-4.yaml", app("app-4")).commit();
    world.reconcile("fleet");
    world.awaitReady("fleet");
    assertThat(world.apps()).hasSize(19).doesNotContain("app-6");
    assertThat(world.status("fleet").problems()).isEmpty();
    assertThat(world.condition("fleet", "Stalled")).isEmpty();
  }

  @Test
  void aManifestOfAnotherNamespaceIsRefusedAtItsLine() throws Exception {
    world.repository.write("one.yaml", app("one"));
    world.repository.write(
        "two.yaml", app("two").replace("{name: two}", "\n  name: two\n  namespace: kube-system"));
    world.repository.write(
        "three.yaml",
        app("three").replace("{name: three}", "{name: three, labels: {sandbar.dev/source: x}}"));
    world.repository.commit();
    world.operator();
    world.source("fleet");
    world.awaitCondition("fleet", "Ready", "False InvalidSpec");
    assertThat(world.apps()).containsExactly("one");
    assertThat(world.status("fleet").problems())
        .anyMatch(it -> it.at().equals("two.yaml:5:14") && it.message().contains("namespace"))
        .anyMatch(it -> it.at().startsWith("three.yaml:3:") && it.message().contains("source"));
    assertThat(
            world
                .client
                .genericKubernetesResources(ObjectNames.APPS)
                .inNamespace("kube-system")
                .list()
                .getItems())
        .isEmpty();
  }

  @Test
  void labelsAndAnnotationsOfTheManifestAreAppliedAndRemovedAgain() throws Exception {
    String with =
        app("one")
            .replace(
                "{name: one}",
                "{name: one, labels: {team: red}, annotations: {a: b, sandbar.dev/maxRemovals: '3'}}");
    world.repository.write("one.yaml", with).commit();
    world.operator();
    world.source("fleet");
    world.awaitReady("fleet");
    assertThat(world.appOf("one").require().getMetadata().getLabels()).containsEntry("team", "red");
    assertThat(world.appOf("one").require().getMetadata().getAnnotations())
        .containsEntry("a", "b")
        .containsEntry("sandbar.dev/maxRemovals", "3");
    world.repository.write("one.yaml", app("one")).commit();
    world.reconcile("fleet");
    assertThat(world.appOf("one").require().getMetadata().getLabels()).doesNotContainKey("team");
    assertThat(world.appOf("one").require().getMetadata().getAnnotations())
        .doesNotContainKeys("a", "sandbar.dev/maxRemovals");
  }

  @Test
  void whatTheApiServerRefusesIsToldAtItsFileAndStopsNoOther() throws Exception {
    world.repository.write("one.yaml", app("one"));
    world.repository.write(
        "two.yaml",
        app("two").replace("{name: two}", "{name: two, labels: {team: 'not a label!'}}"));
    world.repository.commit();
    world.operator();
    world.source("fleet");
    world.awaitCondition("fleet", "Ready", "False InvalidSpec");
    assertThat(world.apps()).containsExactly("one");
    assertThat(world.status("fleet").problems())
        .singleElement()
        .matches(it -> it.at().startsWith("two.yaml:1:") && it.message().contains("labels"));
    World.until(() -> world.events().stream().anyMatch(it -> it.startsWith("InvalidSpec: ")));
  }

  @Test
  void everythingIsLeftAloneWhileSuspendedAndLookedAtAtOnceAfterwards() throws Exception {
    world.repository.write("one.yaml", app("one")).commit();
    world.operator();
    world.source("fleet", "suspend: true");
    world.source("other", "path: none");
    world.awaitCondition("other", "Ready", "False GitOperationFailed");
    assertThat(world.apps()).isEmpty();
    world.awaitCondition("fleet", "Suspended", "True Suspended");
    world.awaitCondition(
        "fleet", "Ready", "Unknown Suspended: suspended; nothing has been read yet");
    world.source("fleet", "suspend: false");
    world.awaitReady("fleet");
    assertThat(world.condition("fleet", "Suspended")).isEmpty();
    world.source("fleet", "suspend: true");
    world.awaitCondition(
        "fleet", "Ready", "True Suspended: suspended; Applied revision: main@sha1:");
    assertThat(world.condition("fleet", "Reconciling")).isEmpty();
    World.until(() -> world.events().stream().anyMatch(it -> it.startsWith("Resumed: ")));
    world.source("other", "path: none", "suspend: true");
    world.awaitCondition("other", "Ready", "False GitOperationFailed: suspended; ");
    world.source("other", "path: none", "suspend: false");
    World.until(() -> world.condition("other", "Suspended").isEmpty());
    world.appOf("one").delete();
    world.reconcile("other");
    assertThat(world.apps()).isEmpty();
    world.source("fleet", "suspend: false");
    World.until(() -> world.apps().equals(List.of("one")));
  }

  private String revision(String app) {
    return world
        .appOf(app)
        .require()
        .getMetadata()
        .getAnnotations()
        .getOrDefault("sandbar.dev/revision", "");
  }
}
