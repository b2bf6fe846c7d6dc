package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.hosts.HostLookup;
import dev.sandbar.device.hosts.HostOptions;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Apps that may go to a host, and the name server that says where that is. */
class HostTest {

  private static final String HOST = "name.example";

  /** Says in each round whether it reaches the host by its name, an address of it, and others. */
  private static final String CALLER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: %1$s}
      spec:
        run: {command: [/usr/bin/bash, /run/caller/caller]}
        files:
          - path: /run/caller/caller
            content: |
              reach() {
                if timeout 0.7 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; then echo "$1 open"; else echo "$1 shut"; fi
              }
              while :; do
                reach name.example 8080
                reach 198.51.100.2 8080
                reach 192.168.77.2 8080
                reach 127.0.0.1 9000
                reach 192.0.2.10 7001
                echo round
                sleep 0.2
              done
        permissions: {internet: true, internetTo: [{host: name.example}]}
        network: %2$s
        drift: {mode: Correct}
      """;

  private static final String HIT = "198.51.100.2";
  private static final String[] ELSEWHERE = {
    "192.168.77.2 shut", "127.0.0.1 shut", "192.0.2.10 shut"
  };

  @TempDir private Path folder;

  /** As a program of the device resolves it, which the agent of this JVM is not. */
  static HostOptions options(VirtualDevice device) {
    HostLookup lookup =
        name -> {
          var found = device.exec(Duration.ofSeconds(60), "getent", "ahosts", name + ".");
          if (found.exitCode() != 0) {
            throw new IOException(name + " is not known");
          }
          return found
              .stdout()
              .lines()
              .map(line -> Cidr.parse(line.split("\\s+", 2)[0]))
              .flatMap(Optional::stream)
              .distinct()
              .toList();
        };
    return new HostOptions(
        lookup,
        Duration.ofMillis(500),
        Duration.ofMillis(500),
        Duration.ofSeconds(4),
        100,
        Duration.ofMinutes(1));
  }

  /** Where names are resolved by the JVM itself, as on devices. */
  static void resolvesFromInsideItsOwnSandbox(GitRepository repository, Reported agent)
      throws Exception {
    VirtualDevice device = agent.device();
    try (NameServer names =
        NameServer.answering(
            device.network().call(() -> new DatagramSocket(53, InetAddress.getLoopbackAddress())),
            HIT)) {
      names.answers(HIT, "10.0.0.1", "2600::2", "fd00::1");
      device.write("/etc/resolv.conf", "nameserver 127.0.0.1\n");
      repository.git("checkout", "--quiet", "edge");
      repository.commit(
          "berlin/caller.yaml",
          Apps.waiting(
              "caller", "permissions: {internet: true, internetTo: [{host: name.example}]}"));
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(allowed(device, "caller"))
                      .containsExactlyInAnyOrder(HIT + "/32", "2600::2/128"));
      Apps.awaitReady(agent, "caller");
      repository.remove("berlin/caller.yaml");
      Apps.awaitRemoved(agent, device, "caller");
      repository.git("checkout", "--quiet", "main");
    }
  }

  private static void says(VirtualDevice device, String app, String... lines) {
    await()
        .atMost(Apps.SOON)
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(() -> assertThat(NetworkApps.said(device, app)).as(app).contains(lines));
  }

  private static List<String> allowed(VirtualDevice device, String app) {
    return List.of(Apps.show(device, app, "IPAddressAllow").strip().split("\\s+"));
  }

  private static void awaitReason(DeviceLoop loop, String app, String reason) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(loop.why(app, "Ready")).startsWith(reason);
              assertThat(loop.condition(app, "Ready")).isEqualTo("True");
            });
  }

  @Test
  void anAppReachesTheHostThatItNames() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("shared.yaml", CALLER.formatted("shared", "Shared"))
            .commit("own.yaml", CALLER.formatted("own", "Own"));
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("hosts").network(network).boot();
        ServerSocket internet =
            network.namespace(Peer.INTERNET).call(() -> new ServerSocket(8080));
        ServerSocket lan = network.namespace(Peer.LAN).call(() -> new ServerSocket(8080));
        NameServer names =
            NameServer.answering(
                network.namespace(Peer.ROUTER).call(() -> new DatagramSocket(53)), HIT)) {
      for (ServerSocket server : List.of(internet, lan)) {
        Thread.ofPlatform().daemon().start(() -> accept(server));
      }
      NetworkApps.prepare(device);
      names.sends((byte) 0x81, (byte) 0x83, (byte) 0, (byte) 1); // Half an answer.
      String shared;
      String own;
      try (var loop = DeviceLoop.resolving(device, repository, options(device))) {
        awaitReason(loop, "shared", "HostNotResolved: name.example has no address");
        awaitReason(loop, "own", "HostNotResolved: name.example has no address");
        shared = Apps.pid(device, "shared");
        own = Apps.pid(device, "own");
        says(device, "shared", HOST + " shut", HIT + " shut");
        says(device, "own", HOST + " shut", HIT + " shut");

        names.answers("10.0.0.1", "192.168.77.2");
        awaitReason(loop, "shared", "HostNotResolved: name.example has the address 10.0.0.1");
        assertThat(loop.why("shared", "Ready")).endsWith(": localNetwork does");

        names.answers(HIT);
        says(device, "shared", HOST + " open", HIT + " open");
        says(device, "own", HOST + " open", HIT + " open");
        awaitReason(loop, "shared", "ReconciliationSucceeded");

        names.answers(
            HIT,
            "192.168.77.2",
            "127.0.0.1",
            "0.0.0.0",
            "169.254.169.254",
            "224.0.0.1",
            "192.0.2.10",
            "::1",
            "fd77::2",
            "64:ff9b::c0a8:4d02",
            "2002:c0a8:4d02::1");
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(Texts.items(loop.app("shared"), "hosts").toString())
                        .contains(HIT, "0.0.0.0/32"));
        for (String app : List.of("shared", "own")) {
          says(device, app, ELSEWHERE);
          says(device, app, HIT + " open");
        }
        assertThat(allowed(device, "shared"))
            .containsExactlyInAnyOrder(HIT + "/32", "192.0.2.1/32");
        assertThat(loop.drifts("shared")).isEmpty();
        Node directives =
            loop.app("shared").fields().getOrDefault("directives", Node.mapping(List.of()));
        assertThat(Texts.at(directives, "enforced")).matches("[4-9][0-9]");
        assertThat(Texts.items(directives, "degraded")).isEmpty();
        assertThat(String.join(" ", Texts.texts(directives, "unknown")))
            .doesNotContain("IPAddress");

        movesAndIsKept(device, loop, names);
      }
      names.close();
      try (var loop = DeviceLoop.resolving(device, repository, options(device))) {
        Apps.awaitReady(loop, "shared", "own");
        correctsOtherAddresses(device, loop);
        assertThat(List.of(Apps.pid(device, "shared"), Apps.pid(device, "own")))
            .containsExactly(shared, own);
      }
      device.powerCut();
      device.boot();
      device.exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=1").orThrow();
      says(device, "shared", HIT + " open");
      says(device, "own", HIT + " open");
    }
  }

  private static void accept(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket call = server.accept()) {
        assertThat(call.isConnected()).isTrue();
      } catch (IOException e) {
        return;
      }
    }
  }

  /** Other answers: the new address at once, the former one until its grace time is over. */
  private static void movesAndIsKept(VirtualDevice device, DeviceLoop loop, NameServer names)
      throws IOException {
    String generation = Texts.at(loop.app("shared"), "generation");
    names.answers("203.0.113.9");
    await().atMost(Apps.SOON).until(() -> allowed(device, "shared").contains("203.0.113.9/32"));
    await().atMost(Apps.SOON).until(() -> !allowed(device, "shared").contains(HIT + "/32"));
    says(device, "shared", HIT + " shut");
    says(device, "own", HIT + " shut");
    names.answers(HIT);
    says(device, "shared", HIT + " open");
    says(device, "own", HIT + " open");
    assertThat(Texts.at(loop.app("shared"), "generation")).isEqualTo(generation);
    assertThat(loop.drifts("shared")).isEmpty();
    // Without an answer it stays as it is.
    await().atMost(Apps.SOON).until(() -> !allowed(device, "shared").contains("203.0.113.9/32"));
  }

  private static void correctsOtherAddresses(VirtualDevice device, DeviceLoop loop)
      throws IOException {
    for (String app : List.of("shared", "own")) {
      List<String> before = allowed(device, app);
      device
          .exec("systemctl", "set-property", "--runtime", Apps.unit(app), "IPAddressAllow=any")
          .orThrow();
      await().atMost(Apps.SOON).until(() -> allowed(device, app).equals(before));
      Apps.awaitNoDrift(loop, app);
      says(device, app, HIT + " open");
      says(device, app, ELSEWHERE);
    }
  }
}
