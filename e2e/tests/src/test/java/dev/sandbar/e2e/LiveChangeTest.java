package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A permission that changes while the app runs on. */
class LiveChangeTest {

  private static final String CALLER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: caller}
      spec:
        run:
          command:
            - /usr/bin/bash
            - -c
            - while :; do timeout 0.5 bash -c 'exec 3<>/dev/tcp/198.51.100.2/8080'; sleep 0.1; done
        permissions: {internet: true, internetTo: [{cidr: %s}]}
        mode: %s
      """;

  @ParameterizedTest
  @OnEachSystemd
  void reachesTheKernelWithoutARestart(Suite suite, @TempDir Path folder) throws Exception {
    // The closed mode also forbids to listen, and only newer versions can hold an app with a
    // network to that.
    String mode = suite == Suite.BOOKWORM ? "Open" : "Closed";
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("caller.yaml", CALLER.formatted("198.51.100.0/24", mode));
    var calls = new AtomicInteger();
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("live").suite(suite).network(network).boot();
        ServerSocket server =
            network.namespace(VirtualNetwork.Peer.INTERNET).call(() -> new ServerSocket(8080));
        var loop = DeviceLoop.start(device, repository)) {
      Thread.ofPlatform().daemon().start(() -> count(server, calls));
      Apps.awaitReady(loop, "caller");
      getsThrough(calls);
      String pid = Apps.pid(device, "caller");

      repository.commit("caller.yaml", CALLER.formatted("203.0.113.0/24", mode));
      Apps.awaitApplied(loop, repository, "caller");
      assertThat(Apps.show(device, "caller", "IPAddressAllow"))
          .contains("203.0.113.0/24")
          .doesNotContain("198.51");
      isStopped(calls);
      assertThat(Apps.pid(device, "caller")).isEqualTo(pid);

      repository.commit("caller.yaml", CALLER.formatted("198.51.100.0/24", mode));
      Apps.awaitApplied(loop, repository, "caller");
      assertThat(Apps.show(device, "caller", "IPAddressAllow")).contains("198.51.100.0/24");
      getsThrough(calls);
      assertThat(Apps.pid(device, "caller")).isEqualTo(pid);
      assertThat(
              device
                  .exec("sh", "-c", "find /run/systemd/system.control -type f 2>/dev/null")
                  .stdout())
          .isEmpty();
    }
  }

  /** Says of two ports whether it can listen on them, and waits. */
  private static final String LISTENER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: listener}
      spec:
        run:
          command:
            - /usr/bin/perl
            - -MSocket
            - -e
            - >-
              $| = 1;
              for my $p (8080, 8081) {
              socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
              print((bind($s, sockaddr_in($p, INADDR_ANY)) && listen($s, 1) ? "OPEN" : "SHUT"), " $p\\n");
              push @kept, $s;
              }
              sleep 1 while 1;
        permissions: {localNetwork: true%s}
      """;

  /** A port is a matter of the system call filter too, which no running process loses. */
  @ParameterizedTest
  @EnumSource(
      value = Suite.class,
      names = {"TRIXIE", "FORKY"})
  void aPortComesAndGoesWithARestart(Suite suite, @TempDir Path folder) throws Exception {
    String port = ", ports: [{port: 8080}]";
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("listener.yaml", LISTENER.formatted(""));
    try (var device = VirtualDevice.named("ports").suite(suite).boot();
        var loop = DeviceLoop.start(device, repository)) {
      Apps.awaitReady(loop, "listener");
      Apps.awaitSaid(device, "listener", "SHUT 8080", "SHUT 8081");
      assertThat(Apps.show(device, "listener", "SocketBindDeny")).isEmpty();
      String without = Apps.pid(device, "listener");

      repository.commit("listener.yaml", LISTENER.formatted(port));
      Apps.awaitApplied(loop, repository, "listener");
      Apps.awaitSaid(device, "listener", "SHUT 8080", "SHUT 8081", "OPEN 8080", "SHUT 8081");
      assertThat(Apps.show(device, "listener", "SocketBindDeny")).isEqualTo("any");
      String with = Apps.pid(device, "listener");
      assertThat(with).isNotEqualTo(without);

      repository.commit("listener.yaml", LISTENER.formatted(""));
      Apps.awaitApplied(loop, repository, "listener");
      Apps.awaitSaid(
          device,
          "listener",
          "SHUT 8080",
          "SHUT 8081",
          "OPEN 8080",
          "SHUT 8081",
          "SHUT 8080",
          "SHUT 8081");
      assertThat(Apps.show(device, "listener", "SocketBindDeny")).isEmpty();
      assertThat(Apps.pid(device, "listener")).isNotEqualTo(with);
    }
  }

  private static void count(ServerSocket server, AtomicInteger calls) {
    while (true) {
      try (Socket call = server.accept()) {
        assertThat(call.isConnected()).isTrue();
        calls.incrementAndGet();
      } catch (IOException e) {
        return;
      }
    }
  }

  private static void getsThrough(AtomicInteger calls) {
    int before = calls.get();
    await().atMost(Apps.SOON).until(() -> calls.get() > before + 2);
  }

  /** Ten times as long as a call takes that gets through. */
  private static void isStopped(AtomicInteger calls) throws InterruptedException {
    int before = calls.get();
    Thread.sleep(Duration.ofSeconds(2));
    assertThat(calls.get()).isLessThanOrEqualTo(before + 1);
  }
}
