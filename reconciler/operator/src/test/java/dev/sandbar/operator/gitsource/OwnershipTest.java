package dev.sandbar.operator.gitsource;

import static dev.sandbar.operator.gitsource.World.app;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.crds.v1alpha1.GitSourceStatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.EditReplacePatchable;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose an app is, and when it goes. */
class OwnershipTest {
  @TempDir Path temp;
  private World world;

  @BeforeEach
  void begin(@KubernetesApi ApiServer api) throws Exception {
    world = new World(api, temp);
    for (int i = 0; i < 10; i++) {
      world.repository.write("app-" + i + ".yaml", app("app-" + i));
    }
    world.repository.commit();
    world.operator();
  }

  @AfterEach
  void end() {
    world.close();
  }

  @Test
  void anAppOfSomebodyElseIsNeverTakenUnlessItIsOffered() {
    world.api.kubectl().apply(foreign("app-3")).orThrow();
    world.source("fleet");
    world.awaitCondition("fleet", "Ready", "False OwnedByOthers: AppSandbox/app-3");
    assertThat(world.condition("fleet", "Ready")).contains("kubectl");
    assertThat(world.apps()).hasSize(10);
    assertThat(world.spec("app-3").toString()).contains("/bin/other");
    assertThat(world.status("fleet").inventory()).hasSize(9).doesNotContain("app-3");
    assertThat(world.status("fleet").problems())
        .singleElement()
        .matches(it -> it.help().contains("sandbar.dev/adopt"));
    world
        .api
        .kubectl("annotate", "asb", "app-3", "-n", world.namespace, "sandbar.dev/adopt=fleet")
        .orThrow();
    world.awaitReady("fleet");
    assertThat(world.spec("app-3").toString()).contains("/bin/true").doesNotContain("/bin/other");
    assertThat(world.status("fleet").inventory()).hasSize(10);
  }

  @Test
  void twoSourcesNeverShareAnApp() {
    world.source("fleet");
    world.awaitReady("fleet");
    world.source("second");
    world.awaitCondition("second", "Ready", "False OwnedByOthers: ");
    assertThat(world.condition("second", "Ready")).contains("belongs to fleet");

    // An offer by whoever may annotate takes nothing from its owner, with its label or without.
    world.source("fleet", "drift: {mode: Detect}");
    world.awaitReady("fleet");
    mark("annotate", "app-3", "sandbar.dev/adopt=second");
    mark("annotate", "app-4", "sandbar.dev/adopt=second");
    mark("label", "app-4", "sandbar.dev/source-");
    world.reconcile("second");
    assertThat(world.condition("second", "Ready")).startsWith("False OwnedByOthers: ");
    assertThat(world.status("second").inventory()).isEmpty();
    assertThat(world.status("second").problems())
        .extracting(GitSourceStatus.Problem::at)
        .contains("appsandbox/app-3", "appsandbox/app-4");
    world.sourceOf("second").delete();
    World.until(() -> world.sourceOf("second").get() == null);
    assertThat(world.apps()).hasSize(10);
  }

  @Test
  void manyRemovalsAtOnceAreHeldBackUntilTheyAreAllowed() throws IOException {
    world.source("fleet", "maxRemovals: 2");
    world.awaitReady("fleet");
    remove(0, 4);
    world.repository.write("app-9.yaml", app("app-9", "permissions: {jit: true}")).commit();
    world.reconcile("fleet");
    assertThat(world.apps()).hasSize(10);
    assertThat(world.spec("app-9")).containsKey("permissions");
    assertThat(world.condition("fleet", "Ready"))
        .startsWith("False PruneHeldBack: 4 of 10 apps would be removed at once");
    assertThat(world.status("fleet").inventory()).hasSize(10);
    world.source("fleet", "maxRemovals: 4");
    World.until(() -> world.apps().size() == 6);
    world.awaitReady("fleet");
  }

  @Test
  void whatIsHeldBackIsNotOutnumberedByWhatACommitBrings() throws IOException {
    world.source("fleet");
    world.awaitReady("fleet");
    remove(0, 4);
    for (int i = 0; i < 10; i++) {
      world.repository.write("new-" + i + ".yaml", app("new-" + i));
    }
    world.repository.commit();
    world.reconcile("fleet");
    assertThat(world.apps()).hasSize(20);
    world.reconcile("fleet");
    world.operator();
    world.reconcile("fleet");
    assertThat(world.apps()).hasSize(20);
    assertThat(world.condition("fleet", "Ready"))
        .startsWith("False PruneHeldBack: what was held back is not removed without consent; 4");
    world.source("fleet", "maxRemovals: 4");
    World.until(() -> world.apps().size() == 16);
    world.awaitReady("fleet");
  }

  @Test
  void anEmptyRepositoryRemovesNothing() throws IOException {
    world.source("fleet", "maxRemovals: 1000");
    world.awaitReady("fleet");
    remove(0, 10);
    world.repository.write("README.md", "nothing here").commit();
    world.reconcile("fleet");
    assertThat(world.apps()).hasSize(10);
    assertThat(world.condition("fleet", "Ready"))
        .startsWith("False PruneHeldBack: the source declares no app at all");
  }

  @Test
  void withoutPruneWhatGitNoLongerHasStays() throws IOException {
    world.source("fleet", "prune: false");
    world.awaitReady("fleet");
    remove(0, 2);
    world.repository.commit();
    world.reconcile("fleet");
    world.awaitReady("fleet");
    assertThat(world.apps()).hasSize(10);
    assertThat(world.sourceOf("fleet").require().getMetadata().getFinalizers()).isEmpty();
    world.sourceOf("fleet").delete();
    World.until(() -> world.sourceOf("fleet").get() == null);
    assertThat(world.apps()).hasSize(10);
  }

  @Test
  void aDeletedSourceTakesWhatItOwnsWithItAlsoWhenTheRepositoryIsGone() throws Exception {
    world.api.kubectl().apply(foreign("mine")).orThrow();
    world.source("fleet");
    world.awaitReady("fleet");
    world.git.close();
    world.api.kubectl("delete", "secret", "git", "-n", world.namespace).orThrow();
    world.stopOperator();
    world.sourceOf("fleet").delete();
    assertThat(world.apps()).hasSize(11);
    world.operator();
    World.until(() -> world.sourceOf("fleet").get() == null);
    assertThat(world.apps()).containsExactly("mine");
    World.until(() -> clones().isEmpty());
  }

  /** As the report of a reconcile that was under way when the source was deleted. */
  @Test
  void aSourceWhoseStatusIsWrittenWhileItIsDeletedGoes() {
    world.source("fleet", "suspend: true");
    World.until(() -> world.condition("fleet", "Suspended").startsWith("True"));
    var finalizer = Map.of("metadata", Map.of("finalizers", List.of(ObjectNames.FINALIZER)));
    patch(world.sourceOf("fleet"), finalizer);
    var written = new AtomicBoolean();
    world.meanwhile =
        request -> {
          if (request.startsWith("PATCH")
              && request.endsWith("/gitsources/fleet")
              && written.compareAndSet(false, true)) {
            patch(
                world.sourceOf("fleet").subresource("status"),
                Map.of("status", Map.of("lastAttemptedRevision", "main@sha1:1")));
          }
        };
    world.sourceOf("fleet").delete();
    World.until(() -> world.sourceOf("fleet").get() == null);
    assertThat(written).isTrue();
  }

  @Test
  void aSourceOfWhichAnAppCannotBeWrittenGoes() {
    world.source("fleet");
    world.awaitReady("fleet");
    String webhook = "down-" + world.namespace;
    world
        .api
        .kubectl()
        .apply(
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: {name: %1$s}
            webhooks:
              - name: down.example.com
                clientConfig: {url: "https://127.0.0.1:1/"}
                namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %2$s}}
                rules: [{apiGroups: [sandbar.dev], apiVersions: ["*"], operations: [CREATE], resources: [appsandboxes]}]
                sideEffects: None
                admissionReviewVersions: [v1]
            """
                .formatted(webhook, world.namespace))
        .orThrow();
    try {
      World.until(
          () -> {
            world.api.kubectl(
                "delete", "asb", "app-3", "-n", world.namespace, "--ignore-not-found");
            return world.condition("fleet", "Ready").contains("not applied: AppSandbox/app-3");
          });
      world.sourceOf("fleet").delete();
      World.until(() -> world.sourceOf("fleet").get() == null);
      assertThat(world.apps()).isEmpty();
    } finally {
      world.api.kubectl("delete", "validatingwebhookconfiguration", webhook).orThrow();
    }
  }

  private void patch(
      EditReplacePatchable<GenericKubernetesResource> object, Map<String, ?> fields) {
    object.patch(
        PatchContext.of(PatchType.JSON_MERGE),
        world.client.getKubernetesSerialization().asJson(fields));
  }

  @Test
  void aSuspendedSourceThatIsDeletedLeavesEverything() {
    world.source("fleet");
    world.awaitReady("fleet");
    world.source("fleet", "suspend: true");
    world.sourceOf("fleet").delete();
    World.until(() -> world.sourceOf("fleet").get() == null);
    assertThat(world.apps()).hasSize(10);
  }

  private List<String> clones() throws IOException {
    Path cache = temp.resolve("cache");
    if (!Files.isDirectory(cache)) {
      return List.of();
    }
    try (var found = Files.list(cache)) {
      return found.map(Path::toString).toList();
    }
  }

  private void mark(String how, String app, String mark) {
    world.api.kubectl(how, "asb", app, "-n", world.namespace, mark).orThrow();
  }

  private String foreign(String name) {
    return app(name)
        .replace("{name: " + name + "}", "{name: " + name + ", namespace: " + world.namespace + "}")
        .replace("/bin/true", "/bin/other");
  }

  private void remove(int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      Files.delete(world.repository.directory.resolve("app-" + i + ".yaml"));
    }
  }
}
