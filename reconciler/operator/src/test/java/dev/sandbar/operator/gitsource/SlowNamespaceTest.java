package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tenant whose Git servers never answer. */
class SlowNamespaceTest {

  /** More than are fetched at a time, of all namespaces together. */
  private static final int SOURCES = 16;

  @TempDir private Path temp;

  @Test
  void sourcesThatHangHoldUpNobodyElse(@KubernetesApi ApiServer api) throws Exception {
    var held = new CopyOnWriteArrayList<Socket>();
    try (var world = new World(api, temp);
        var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> hold(silent, held));
      String slow = api.newNamespace("slow");
      world.repository.write("one.yaml", World.app("one"));
      world.repository.commit();
      world.operator(slow);
      for (int i = 0; i < SOURCES; i++) {
        api.kubectl()
            .apply(
                """
                apiVersion: sandbar.dev/v1alpha1
                kind: GitSource
                metadata: {name: slow-%d, namespace: %s}
                spec: {url: "https://127.0.0.1:%d/repo", interval: 1h, timeout: 60s}
                """
                    .formatted(i, slow, silent.getLocalPort()))
            .orThrow();
      }
      World.until(() -> !held.isEmpty());
      long begun = System.nanoTime();
      world.source("fleet");
      world.awaitReady("fleet");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
      assertThat(world.apps()).containsExactly("one");
      assertThat(held).as("connections at a time of one namespace").hasSizeLessThanOrEqualTo(3);
      api.kubectl("delete", "gitsources", "--all", "-n", slow, "--wait=false").orThrow();
    } finally {
      for (Socket socket : List.copyOf(held)) {
        socket.close();
      }
    }
  }

  private static void hold(ServerSocket silent, List<Socket> held) {
    try {
      while (true) {
        held.add(silent.accept());
      }
    } catch (IOException e) {
      // The test is over.
    }
  }
}
