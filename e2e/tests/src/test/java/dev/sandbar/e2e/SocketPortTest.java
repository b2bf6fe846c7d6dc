package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ports that systemd opens for apps without any network. */
class SocketPortTest {

  private static final String DEVICE = "192.0.2.10";
  private static final String ANSWER = "1 web";
  private static final String LAN = "[192.168.77.0/24]";
  private static final Duration STEP = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private static String answer(VirtualNetwork network, Peer from) {
    return FirewallApps.answer(network, from, DEVICE, 80);
  }

  private static void awaitAnswer(VirtualNetwork network, Peer from) {
    await().atMost(Apps.SOON).until(() -> answer(network, from), ANSWER::equals);
  }

  @ParameterizedTest
  @EnumSource(names = {"BOOKWORM", "TRIXIE", "FORKY"})
  void anAppWithoutANetworkServesAPort(Suite suite) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("bystander.yaml", Apps.waiting("bystander"))
            .write("attacker.yaml", SocketApps.attacker())
            .write("web.yaml", SocketApps.server(LAN))
            .commitAll("Apps with sockets");
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("socket").suite(suite).network(network).boot();
        ServerSocket internet =
            network.namespace(Peer.INTERNET).call(() -> new ServerSocket(8080));
        ServerSocket lan = network.namespace(Peer.LAN).call(() -> new ServerSocket(8080))) {
      answers(internet);
      answers(lan);
      try (var loop =
          DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)))) {
        Apps.awaitReady(loop, "web", "attacker", "bystander");
        awaitAnswer(network, Peer.LAN);
        for (Peer stranger : List.of(Peer.INTERNET, Peer.ROUTER)) {
          assertThat(answer(network, stranger)).as(stranger.name()).isEmpty();
        }
        assertThat(FirewallApps.answer(device, "127.0.0.1", 80)).isEmpty();
        assertThat(loop.condition("web", "Drifted")).isEqualTo("False");
        doesNotLeave(device);
        refusesNobodyMeanwhile(network, device);
        isStopped(network, device, loop);
        corrects(network, device, loop);
        changesAndGoes(network, device, loop, repository);
      }
    }
  }

  private static void answers(ServerSocket server) {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              while (!server.isClosed()) {
                try (Socket client = server.accept()) {
                  client.getOutputStream().write("host\n".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                  return;
                }
              }
            });
  }

  /** With a socket of the network of the device, all that is left is whom it is for. */
  private static void doesNotLeave(VirtualDevice device) {
    await().atMost(Apps.SOON).until(() -> NetworkApps.journal(device, "attacker").contains("end"));
    List<String> said = NetworkApps.journal(device, "attacker").lines().toList();
    String refused = "Operation not permitted";
    assertThat(said)
        .contains(
            "unspec " + refused,
            "connect " + refused,
            "bind " + refused,
            "listen " + refused,
            "connect-down " + refused,
            "listen-down " + refused,
            // Which is why `from` is required: see decision 065.
            "fast-client open");
    assertThat(said).noneMatch(line -> line.matches("(socket|fast-internet|fast-loopback) open"));
  }

  /** Clients wait while the app is restarted, and after it crashed. */
  private static void refusesNobodyMeanwhile(VirtualNetwork network, VirtualDevice device) {
    CompletableFuture<String> clients =
        CompletableFuture.supplyAsync(
            () ->
                network
                    .exec(
                        Peer.LAN,
                        STEP,
                        "bash",
                        "-c",
                        "for i in $(seq 60); do (exec 3<>/dev/tcp/%s/80 && timeout 9 head -1 <&3) 2>&1 || echo refused; sleep 0.1; done"
                            .formatted(DEVICE))
                    .stdout());
    String before = Apps.invocation(device, "web");
    device.exec("systemctl", "restart", "sandbar-web.service").orThrow();
    Apps.awaitReturn(device, "web", before);
    String restarted = Apps.invocation(device, "web");
    awaitAnswer(network, Peer.LAN);
    device.exec("systemctl", "kill", "--signal=KILL", "sandbar-web.service").orThrow();
    Apps.awaitReturn(device, "web", restarted);
    assertThat(clients.join().lines()).hasSizeGreaterThan(50).doesNotContain("refused");
  }

  /** A stop of the app ends the socket too, whoever wants to connect meanwhile. */
  private static void isStopped(VirtualNetwork network, VirtualDevice device, DeviceLoop loop)
      throws IOException {
    assertThat(SocketApps.up(device, "web")).hasSize(1);
    String before = Apps.invocation(device, "web");
    Apps.stop(device, "web");
    Apps.awaitReturn(device, "web", before);
    awaitAnswer(network, Peer.LAN);
    Apps.awaitNoDrift(loop, "web");
  }

  private static void corrects(VirtualNetwork network, VirtualDevice device, DeviceLoop loop)
      throws IOException {
    String socket = SocketApps.up(device, "web").getFirst();
    String file = "/etc/systemd/system/" + socket;
    for (String change :
        List.of(
            "systemctl stop " + socket,
            "systemctl set-property --runtime " + socket + " IPAddressAllow=any",
            "sed -i s/192.168.77.0/0.0.0.0/ " + file + "; systemctl daemon-reload",
            "rm " + file + "; systemctl daemon-reload",
            "mkdir -p /run/systemd/system/%1$s.d; printf '[Socket]\nIPAddressAllow=any\n' >/run/systemd/system/%1$s.d/a.conf; systemctl daemon-reload; systemctl restart %1$s"
                .formatted(socket))) {
      device.exec("sh", "-c", change).orThrow();
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () -> {
                assertThat(answer(network, Peer.INTERNET)).as(change).isEmpty();
                assertThat(answer(network, Peer.LAN)).as(change).isEqualTo(ANSWER);
                assertThat(loop.drifts("web")).as(change).isEmpty();
                assertThat(device.exec("systemctl", "cat", socket).orThrow())
                    .contains("192.168.77.0/24")
                    .doesNotContain("any\n\n", "Allow=any");
              });
    }
  }

  private static void changesAndGoes(
      VirtualNetwork network, VirtualDevice device, DeviceLoop loop, GitRepository repository)
      throws Exception {
    String before = SocketApps.up(device, "web").getFirst();
    repository.commit("web.yaml", SocketApps.server("[198.51.100.0/24]"));
    Apps.awaitApplied(loop, repository, "web");
    awaitAnswer(network, Peer.INTERNET);
    assertThat(answer(network, Peer.LAN)).isEmpty();
    assertThat(SocketApps.up(device, "web")).hasSize(1).doesNotContain(before);
    repository.remove("web.yaml");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(SocketApps.files(device, "web")).isEmpty();
              assertThat(SocketApps.up(device, "web")).isEmpty();
            });
    assertThat(answer(network, Peer.INTERNET)).isEmpty();
  }
}
