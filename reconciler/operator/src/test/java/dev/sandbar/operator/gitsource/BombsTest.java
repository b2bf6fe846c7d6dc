package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.gitserver.Bomb;
import dev.sandbar.gitserver.HostileAnswers;
import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Repositories and servers that would end or freeze who reads them, with the shipped flags. */
class BombsTest {
  @TempDir Path temp;
  private World world;
  private LoopbackOperator operator;

  @BeforeEach
  void begin(@KubernetesApi ApiServer api) throws Exception {
    world = new World(api, temp);
    world.repository.write("one.yaml", World.app("one")).commit();
    operator = LoopbackOperator.start(api.kubeconfig(), world.namespace, temp.resolve("cache"));
  }

  @AfterEach
  void end() {
    operator.close();
    world.close();
  }

  /** By the name of a repository, the reason that its GitSource has to give. */
  private static final Map<String, String> REASONS =
      Map.of(
          "copies", "the manifests have more than 400000 values together",
          "chain", "stored as differences to each other",
          "names", "stored as differences to each other",
          "siblings", "bytes when it is unpacked",
          "messages", "bytes of messages",
          "refs", "sends more than",
          "dumb", "does not answer as a Git server");

  private static Map<String, HttpsGitServer.Interception> servers(int elsewhere) {
    var servers = new LinkedHashMap<String, HttpsGitServer.Interception>();
    servers.put("chain", Bomb.chain(100));
    servers.put("names", Bomb.chainByName(100));
    servers.put("siblings", Bomb.siblings(90_000, 4 << 20));
    servers.put("messages", Bomb.messages(8 << 20));
    servers.put("refs", HostileAnswers::refs);
    servers.put("dumb", HostileAnswers.plainFiles(elsewhere));
    servers.put("copies", exchange -> false);
    return servers;
  }

  @Test
  void eachIsNamedAndTheOthersGoOn() throws Exception {
    TestRepository copies = TestRepository.create(temp.resolve("served/copies"));
    for (int i = 0; i < 60; i++) {
      copies.write("copy%d.yaml".formatted(i), "a: [" + "1,".repeat(40_000) + "1]\n");
    }
    copies.commit();
    var elsewhere = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Map<String, HttpsGitServer.Interception> servers = servers(elsewhere.getLocalPort());
    world.git.interception =
        exchange -> {
          String name = exchange.getRequestURI().getPath().split("/")[1];
          return servers.containsKey(name) && servers.get(name).answer(exchange);
        };
    world.source("fleet");
    for (String name : servers.keySet()) {
      world.api.kubectl().apply(world.sourceText(name, world.git.url(name), "1h")).orThrow();
    }
    world.awaitReady("fleet");
    for (String name : servers.keySet()) {
      World.until(() -> world.condition(name, "Ready").startsWith("False"));
      assertThat(world.condition(name, "Ready"))
          .startsWith("False GitOperationFailed")
          .contains(REASONS.get(name));
    }
    world.repository.write("two.yaml", World.app("two")).commit();
    world.reconcile("fleet");
    assertThat(world.apps()).isEqualTo(List.of("one", "two"));
    assertThat(operator.isAlive()).isTrue();
    elsewhere.setSoTimeout(1);
    assertThatThrownBy(elsewhere::accept).isInstanceOf(SocketTimeoutException.class);
    elsewhere.close();
    assertThat(operator.peak()).as("MiB of the operator").isLessThan(200);
    assertThat(operator.peaksOfWorkers()).as("MiB of the worker").allMatch(it -> it < 190);
  }
}
