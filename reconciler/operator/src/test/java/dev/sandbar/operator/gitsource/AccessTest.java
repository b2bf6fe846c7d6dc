package dev.sandbar.operator.gitsource;

import static dev.sandbar.operator.gitsource.World.app;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Credentials, and where a source may lead. */
class AccessTest {
  @TempDir Path temp;
  private World world;

  @BeforeEach
  void begin(@KubernetesApi ApiServer api) throws Exception {
    world = new World(api, temp);
    world.repository.write("one.yaml", app("one")).commit();
    world.operator();
  }

  @AfterEach
  void end() {
    world.close();
  }

  @Test
  void aRotatedSecretIsUsedAtTheNextLookAndNothingOfItIsShown() throws Exception {
    onlyWith("bot", "hunter-two");
    world.secret("git", Map.of("ca.crt", world.ca(), "username", "bot", "token", "hunter-one"));
    world.source("fleet");
    world.awaitCondition("fleet", "Ready", "False AuthenticationFailed: ");
    assertThat(world.condition("fleet", "Stalled")).startsWith("True AuthenticationFailed");
    world.secret("git", Map.of("ca.crt", world.ca(), "username", "bot", "token", "hunter-two"));
    world.reconcile("fleet");
    world.awaitReady("fleet");
    String all =
        world.api.kubectl("get", "gits,asb,events", "-n", world.namespace, "-o", "yaml").orThrow();
    assertThat(all)
        .doesNotContain("hunter", Base64.getEncoder().encodeToString("hunter".getBytes(UTF_8)));

    // Taken away: what was applied stays, and is still watched.
    world.secret("git", Map.of("ca.crt", world.ca(), "username", "bot", "token", "hunter-three"));
    world.reconcile("fleet");
    world.awaitCondition("fleet", "Ready", "False AuthenticationFailed: ");
    world.appOf("one").delete();
    World.until(() -> world.apps().contains("one"));
    assertThat(world.status("fleet").inventory()).containsExactly("one");
  }

  @Test
  void aMissingSecretIsNamed() {
    world.source("fleet", "ref: main");
    world.api.kubectl("delete", "secret", "git", "-n", world.namespace).orThrow();
    world.source("other");
    world.awaitCondition(
        "other", "Ready", "False AuthenticationFailed: the Secret 'git' does not exist (Create it");
  }

  @Test
  void aSecretThatIsNotMeantForItIsNotUsed() {
    world
        .api
        .kubectl("label", "secret", "git", "-n", world.namespace, "sandbar.dev/git-")
        .orThrow();
    world.source("fleet");
    world.awaitCondition(
        "fleet",
        "Ready",
        "False AuthenticationFailed: the Secret 'git' is not meant for GitSources (Add the label:"
            + " kubectl label secret git sandbar.dev/git=true)");
    assertThat(world.git.requests).isEmpty();
    world
        .api
        .kubectl("label", "secret", "git", "-n", world.namespace, "sandbar.dev/git=true")
        .orThrow();
    world.reconcile("fleet");
    world.awaitReady("fleet");
  }

  @Test
  void aLookThatFailsNeverRemovesAnything() {
    world.source("fleet", "ref: {branch: main}");
    world.awaitReady("fleet");
    assertThat(world.condition("fleet", "Ready")).contains("Applied revision: main@sha1:");
    world.source("fleet", "path: gone");
    world.awaitCondition("fleet", "Ready", "False GitOperationFailed: there is no folder 'gone'");
    world.source("fleet", "ref: gone");
    world.awaitCondition(
        "fleet", "Ready", "False GitOperationFailed: the repository has no branch or tag 'gone'");
    world.source("fleet", "ref: {tag: main}");
    world.awaitCondition(
        "fleet", "Ready", "False GitOperationFailed: the repository has no tag 'main'");
    world.git.close();
    world.source("fleet", "ref: main");
    world.awaitCondition("fleet", "Reconciling", "True ProgressingWithRetry: ");
    assertThat(world.apps()).containsExactly("one");
    assertThat(world.status("fleet").inventory()).containsExactly("one");
  }

  @Test
  void onePoisonedSourceStopsNoOther() {
    // As an older schema would have let it in.
    var poisoned = world.sourceText("poisoned", "https://[fe80::1]/repo", "1h");
    world.api.kubectl().apply(poisoned).orThrow();
    world.source("fleet");
    world.awaitReady("fleet");
    world.awaitCondition("poisoned", "Ready", "False GitOperationFailed: the address of the");
    assertThat(world.condition("poisoned", "Stalled")).startsWith("True");
  }

  private void onlyWith(String user, String token) {
    String wanted =
        "Basic " + Base64.getEncoder().encodeToString((user + ":" + token).getBytes(UTF_8));
    world.git.interception =
        exchange -> {
          if (wanted.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return false;
          }
          exchange.sendResponseHeaders(401, -1);
          return true;
        };
  }
}
