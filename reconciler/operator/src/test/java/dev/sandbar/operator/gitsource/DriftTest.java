package dev.sandbar.operator.gitsource;

import static dev.sandbar.operator.gitsource.World.app;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of changes by hand. */
class DriftTest {
  private static final Duration FEW_SECONDS = Duration.ofSeconds(5);

  @TempDir Path temp;
  private World world;

  @BeforeEach
  void begin(@KubernetesApi ApiServer api) throws Exception {
    world = new World(api, temp);
    world.repository.write(
        "one.yaml",
        app("one", "permissions: {localNetwork: true, ports: [{name: web, port: 8080}]}"));
    world.repository.write("two.yaml", app("two"));
    world.repository.commit();
    world.operator();
  }

  @AfterEach
  void end() {
    world.close();
  }

  @Test
  void aFieldThatGitDoesNotNameIsTakenAwayAgainAndNamed() {
    world.source("fleet");
    world.awaitReady("fleet");
    grant("one", "{\"internet\":true}");
    World.until(FEW_SECONDS, () -> isGone("internet"));
    assertThat(world.spec("one")).containsKey("permissions");
    World.until(
        () ->
            world.events().stream()
                .anyMatch(
                    it ->
                        it.startsWith("DriftCorrected: AppSandbox/one: spec.permissions.internet")
                            && it.contains("is true, declared is absent")
                            && it.contains("kubectl")));
    assertThat(world.condition("fleet", "Ready")).startsWith("True");
  }

  @Test
  void anEditedFieldIsPutBackAtOnce() {
    world.source("fleet");
    world.awaitReady("fleet");
    grant("one", "{\"ports\":[{\"name\":\"web\",\"port\":9090}]}");
    World.until(FEW_SECONDS, () -> ports().contains("8080"));
  }

  /** Server-side apply alone would leave it, since it belongs to somebody else. */
  @Test
  void anEntryThatAnotherManagerAddsToAListIsRemoved() {
    world.source("fleet");
    world.awaitReady("fleet");
    String entry =
        "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: one, namespace: %s},"
            + " spec: {variables: [{name: rack}]}}";
    world
        .api
        .kubectl()
        .runWithInput(
            entry.formatted(world.namespace),
            "apply",
            "--server-side",
            "--field-manager=site",
            "-f",
            "-")
        .orThrow();
    World.until(
        () ->
            world.events().stream()
                .anyMatch(it -> it.startsWith("DriftCorrected: AppSandbox/one: spec.variables")));
    World.until(() -> !world.spec("one").toString().contains("rack"));
  }

  @Test
  void anAppThatIsDeletedByHandIsMadeAgain() {
    world.source("fleet");
    world.awaitReady("fleet");
    String uid = world.appOf("one").require().getMetadata().getUid();
    world.appOf("one").delete();
    World.until(
        FEW_SECONDS,
        () -> {
          var found = world.appOf("one").get();
          return found != null && !found.getMetadata().getUid().equals(uid);
        });
    World.until(
        () ->
            world.events().stream()
                .anyMatch(it -> it.startsWith("DriftCorrected: AppSandbox/one: the object")));
  }

  @Test
  void aLabelThatIsTakenAwayByHandIsPutBack() {
    world.source("fleet");
    world.awaitReady("fleet");
    world
        .api
        .kubectl("label", "asb", "one", "-n", world.namespace, ObjectNames.SOURCE + "-")
        .orThrow();
    World.until(
        FEW_SECONDS,
        () ->
            world.appOf("one").require().getMetadata().getLabels() != null
                && "fleet"
                    .equals(
                        world
                            .appOf("one")
                            .require()
                            .getMetadata()
                            .getLabels()
                            .get(ObjectNames.SOURCE)));
  }

  @Test
  void driftIsOnlyReportedWhereThatIsWanted() throws Exception {
    world.source("fleet", "drift: {mode: Detect}");
    world.awaitReady("fleet");
    grant("one", "{\"internet\":true}");
    world.awaitCondition("fleet", "Drifted", "True DriftDetected: AppSandbox/one");
    assertThat(world.condition("fleet", "Drifted"))
        .contains("spec.permissions.internet is true, declared is absent");
    assertThat(world.condition("fleet", "Ready")).startsWith("False DriftDetected");
    World.until(() -> world.events().stream().anyMatch(it -> it.startsWith("DriftDetected: ")));
    world.appOf("two").delete();
    World.until(() -> world.condition("fleet", "Drifted").contains("and 1 more objects"));
    assertThat(world.apps()).containsExactly("one");
    assertIdle();

    // It is still known after a restart, and still nothing is written.
    world.operator();
    world.reconcile("fleet");
    assertThat(world.condition("fleet", "Drifted")).startsWith("True");
    assertThat(world.apps()).containsExactly("one");
    assertThat(world.spec("one").toString()).contains("internet=true");

    // What Git changes is written all the same, and then all of it is as declared.
    world
        .repository
        .write(
            "one.yaml",
            app("one", "permissions: {localNetwork: true, ports: [{name: web, port: 8081}]}"))
        .commit();
    world.reconcile("fleet");
    assertThat(ports()).contains("8081");
    assertThat(world.spec("one").toString()).doesNotContain("internet");

    // With Correct the rest is put back, too.
    world.source("fleet", "drift: {mode: Correct}");
    World.until(() -> world.apps().size() == 2);
    world.awaitReady("fleet");
    assertThat(world.condition("fleet", "Drifted")).startsWith("False NoDriftDetected");
  }

  @Test
  void whoeverUndoesEachCorrectionIsNamedAndNotFoughtForEver() {
    world.source("fleet");
    world.awaitReady("fleet");
    world.requests.clear();
    try (var fight = new Fight()) {
      World.until(
          Duration.ofSeconds(60),
          () -> world.condition("fleet", "Drifted").startsWith("True FightDetected"));
    }
    assertThat(world.condition("fleet", "Drifted")).contains("AppSandbox/one").contains("kubectl");
    assertThat(world.condition("fleet", "Stalled")).startsWith("True FightDetected");
    // 0, 2, 8 and 26 seconds: a few writes, no storm.
    assertThat(world.requests)
        .filteredOn(it -> it.startsWith("PATCH") && it.contains("/appsandboxes/"))
        .hasSizeBetween(4, 12);
  }

  /** Grants the internet again and again. */
  private final class Fight implements AutoCloseable {
    private volatile boolean over;
    private final Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (!over) {
                    if (isGone("internet")) {
                      grant("one", "{\"internet\":true}");
                    }
                    try {
                      Thread.sleep(100);
                    } catch (InterruptedException e) {
                      return;
                    }
                  }
                });

    @Override
    public void close() {
      over = true;
      thread.interrupt();
    }
  }

  /** A loop that never rests would use a whole core. */
  private static void assertIdle() throws InterruptedException {
    Duration before = cpu();
    Thread.sleep(Duration.ofSeconds(2));
    assertThat(cpu().minus(before)).isLessThan(Duration.ofSeconds(1));
  }

  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
  }

  private boolean isGone(String permission) {
    return world.spec("one").get("permissions") instanceof Map<?, ?> permissions
        && !permissions.containsKey(permission);
  }

  private String ports() {
    return world.spec("one").get("permissions") instanceof Map<?, ?> permissions
        ? String.valueOf(permissions.get("ports"))
        : "";
  }

  private void grant(String app, String permissions) {
    world
        .api
        .kubectl(
            "patch",
            "asb",
            app,
            "-n",
            world.namespace,
            "--type=merge",
            "-p",
            "{\"spec\":{\"permissions\":" + permissions + "}}")
        .orThrow();
  }
}
