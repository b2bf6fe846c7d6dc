package dev.sandbar.operator.gitsource;

import static dev.sandbar.operator.gitsource.World.app;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pushes that reach an operator that does not lead. The source is looked at every hour, so what
 * comes within minutes came by the push.
 */
class RelayedPushTest {
  private static final String KEY = "a key that nobody guesses";

  @TempDir Path temp;
  private World world;
  private Hooks waiting;
  private Push push;

  @BeforeEach
  void begin(@KubernetesApi ApiServer api) throws Exception {
    world = new World(api, temp);
    world.repository.write("one.yaml", app("one")).commit();
    world.secret("hook", Map.of("token", KEY));
    world.operator();
    waiting =
        Hooks.start(
            world.client,
            Clock.systemUTC(),
            world.registry,
            List.of(world.namespace),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    push = new Push(waiting.port(), world.namespace);
    world.source("fleet", "webhookSecretRef: {name: hook}");
    world.awaitReady("fleet");
    world.source("closed"); // after it: the first of two that declare the same app owns it
    World.until(() -> push.signed("fleet", KEY) == 202);
  }

  @AfterEach
  void end() {
    waiting.close();
    world.close();
  }

  @Test
  void theOneThatLeadsLooksAtOnce() throws Exception {
    world.repository.write("two.yaml", app("two")).commit();
    assertThat(push.signed("fleet", KEY)).isEqualTo(202);
    World.until(() -> world.apps().contains("two"));
  }

  @Test
  void whoeverCannotSignChangesNothing() throws Exception {
    String before = requestedAt("fleet");
    assertThat(push.signed("fleet", "another key")).isEqualTo(401);
    assertThat(push.signed("closed", KEY)).isEqualTo(401);
    assertThat(push.signed("unknown", KEY)).isEqualTo(401);
    assertThat(requestedAt("fleet")).isEqualTo(before);
    assertThat(requestedAt("closed")).isEmpty();
  }

  @Test
  void aFloodIsTurnedAwayHereToo() throws Exception {
    int turnedAway = 0;
    for (int i = 0; i < 60; i++) {
      turnedAway += push.signed("fleet", KEY) == 429 ? 1 : 0;
    }
    assertThat(turnedAway).isGreaterThan(10);
  }

  @Test
  void whatCannotBePassedOnIsNotAccepted() throws Exception {
    world.api.pauseApiServer();
    try {
      assertThat(push.signed("fleet", KEY)).isNotEqualTo(202);
    } finally {
      world.api.resumeApiServer();
    }
    World.until(() -> push.signed("fleet", KEY) == 202);
  }

  @Test
  void whoeverComesToLeadLooksByItself() throws Exception {
    String before = requestedAt("fleet");
    world.stopOperator();
    waiting.lead(world.operator());
    world.repository.write("three.yaml", app("three")).commit();
    assertThat(push.signed("fleet", KEY)).isEqualTo(202);
    World.until(() -> world.apps().contains("three"));
    assertThat(requestedAt("fleet")).as("nobody had to be told").isEqualTo(before);
  }

  private String requestedAt(String source) {
    var annotations = world.sourceOf(source).require().getMetadata().getAnnotations();
    return annotations == null ? "" : annotations.getOrDefault(ObjectNames.REQUESTED_AT, "");
  }
}
