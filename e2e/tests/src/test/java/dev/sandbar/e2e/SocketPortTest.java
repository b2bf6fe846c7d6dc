package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ports that systemd opens for apps without any network. */
class SocketPortTest {

  private static final String DEVICE = "192.0.2.10";
  private static final String LAN = "[192.168.77.0/24]";
  private static final Executor RUNNER = task -> Thread.ofPlatform().daemon().start(task);
  private static final String INTERNET = "[198.51.100.0/24]";

  @TempDir private Path folder;

  /** On three versions of systemd at once; what does not depend on it on one of them alone. */
  @Test
  void anAppWithoutANetworkServesAPort() {
    CompletableFuture.allOf(
            Stream.of(Suite.BOOKWORM, Suite.TRIXIE, Suite.FORKY)
                .map(suite -> CompletableFuture.runAsync(() -> on(suite), RUNNER))
                .toArray(CompletableFuture<?>[]::new))
        .join();
  }

  private void on(Suite suite) {
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("socket").suite(suite).network(network).boot();
        ServerSocket internet =
            network.namespace(Peer.INTERNET).call(() -> new ServerSocket(8080));
        ServerSocket lan = network.namespace(Peer.LAN).call(() -> new ServerSocket(8080))) {
      answers(internet);
      answers(lan);
      GitRepository repository = repository(suite);
      try (var loop = start(device, repository)) {
        serves(network, device, loop);
        refusesNobodyMeanwhile(network, device, loop, repository);
        doesNotLeave(device);
        if (suite != Suite.TRIXIE) {
          goes(network, device, repository);
          return;
        }
        isStopped(network, device);
      }
      String socket = SocketApps.up(device, "web").getFirst();
      changeAll(device, socket);
      try (var loop = start(device, repository)) {
        isAsDeclared(network, device, socket);
        changeWhatIsLoaded(device, socket);
        isAsDeclared(network, device, socket);
        rollsBack(network, device, loop, repository);
        leavesThePortToWhoeverHasIt(network, device, loop, repository);
        changes(network, device, repository);
        goes(network, device, repository);
      }
    } catch (Exception e) {
      throw new CompletionException(suite.name(), e);
    }
  }

  private static DeviceLoop start(VirtualDevice device, GitRepository repository)
      throws IOException {
    return DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)));
  }

  private GitRepository repository(Suite suite) throws Exception {
    return GitRepository.create(folder.resolve(suite.name()))
        .write("bystander.yaml", Apps.waiting("bystander"))
        .write("attacker.yaml", SocketApps.attacker())
        .write("web.yaml", SocketApps.server("web", "v1", LAN))
        .commitAll("Apps with sockets");
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

  private static void awaitAnswer(VirtualNetwork network, Peer from, String version) {
    await()
        .atMost(Apps.SOON)
        .until(() -> FirewallApps.answer(network, from, DEVICE, 80), ("1 web " + version)::equals);
  }

  /** Packets to whom the filter does not let in are dropped, so nothing says no. */
  private static void assertSilent(VirtualNetwork network, Peer from) {
    assertThat(
            network
                .exec(from, Duration.ofSeconds(20), "timeout", "1", "bash", "-c", ask(DEVICE))
                .stdout())
        .as(from.name())
        .isEmpty();
  }

  private static String ask(String address) {
    return "exec 3<>/dev/tcp/%s/80 && head -1 <&3".formatted(address);
  }

  private static void serves(VirtualNetwork network, VirtualDevice device, DeviceLoop loop)
      throws IOException {
    Apps.awaitReady(loop, "web", "attacker", "bystander");
    awaitAnswer(network, Peer.LAN, "v1");
    assertSilent(network, Peer.INTERNET);
    assertThat(device.exec("timeout", "1", "bash", "-c", ask("127.0.0.1")).stdout()).isEmpty();
    assertThat(loop.condition("web", "Drifted")).isEqualTo("False");
    assertThat(SocketApps.attested(device, SocketApps.server("web", "v1", LAN)))
        .containsExactly(Enforcement.ENFORCED);
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
            "ring " + refused,
            "given 3 4");
    assertThat(said).filteredOn(line -> line.matches("(socket|datagram) .*")).hasSize(12);
    assertThat(said).filteredOn(line -> line.startsWith("fast-")).hasSize(3);
    // Some kernels let a socket that was shut down send, which is why `from` is required: see
    // decision 065.
    assertThat(said).filteredOn(line -> line.endsWith("open")).isSubsetOf("fast-client open");
  }

  /** Clients wait while another version comes, and after a crash. */
  private void refusesNobodyMeanwhile(
      VirtualNetwork network, VirtualDevice device, DeviceLoop loop, GitRepository repository)
      throws Exception {
    String socket = SocketApps.up(device, "web").getFirst();
    String opened = SocketApps.start(device, socket);
    Path end = folder.resolve("end-" + device.pid());
    CompletableFuture<String> clients =
        CompletableFuture.supplyAsync(
            () ->
                network
                    .exec(
                        Peer.LAN,
                        Apps.SOON,
                        "bash",
                        "-c",
                        "until [ -e %s ]; do (exec 3<>/dev/tcp/%s/80 && timeout 9 head -1 <&3) 2>&1 || echo refused; sleep 0.05; done"
                            .formatted(end, DEVICE))
                    .stdout(),
            RUNNER);
    repository.commit("web.yaml", SocketApps.server("web", "v2", LAN));
    Apps.awaitApplied(loop, repository, "web");
    awaitAnswer(network, Peer.LAN, "v2");
    String before = Apps.invocation(device, "web");
    device.exec("systemctl", "kill", "--signal=KILL", "sandbar-web.service").orThrow();
    Apps.awaitReturn(device, "web", before);
    awaitAnswer(network, Peer.LAN, "v2");
    Files.createFile(end);
    assertThat(clients.join().lines())
        .hasSizeGreaterThan(10)
        .containsOnly("1 web v1", "1 web v2")
        .contains("1 web v1", "1 web v2");
    assertThat(SocketApps.up(device, "web")).containsExactly(socket);
    assertThat(SocketApps.start(device, socket)).as("one socket all the time").isEqualTo(opened);
  }

  /** A stop of the app ends the socket too, whoever wants to connect meanwhile. */
  private static void isStopped(VirtualNetwork network, VirtualDevice device) {
    Apps.stopAndAwaitReturn(device, "web");
    awaitAnswer(network, Peer.LAN, "v2");
  }

  /** While no agent is there that would correct one while the next is made. */
  private static void changeAll(VirtualDevice device, String socket) {
    String file = "/etc/systemd/system/" + socket;
    String dropIn = "/run/systemd/system/%s.d/a.conf".formatted(socket);
    String script =
        "sed -i s/192.168.77.0/198.51.100.0/ %1$s; mkdir $(dirname %2$s); printf '[Socket]\nListenStream=81\n' >%2$s; systemctl daemon-reload; systemctl set-property --runtime %3$s IPAddressAllow=any; systemctl stop --job-mode=ignore-dependencies %3$s"
            .formatted(file, dropIn, socket);
    device.exec("sh", "-c", script).orThrow();
    assertThat(SocketApps.drifts(device, SocketApps.server("web", "v2", LAN)))
        .contains(
            socket + " " + file,
            socket + " " + dropIn,
            socket + " DropInPaths",
            socket + " IPAddressAllow",
            socket + " ActiveState");
    assertThat(SocketApps.attested(device, SocketApps.server("web", "v2", LAN)))
        .doesNotContain(Enforcement.ENFORCED);
  }

  /** By a file that is not there any more. */
  private static void changeWhatIsLoaded(VirtualDevice device, String socket) {
    String script =
        "mkdir -p %1$s; printf '[Socket]\nIPAddressAllow=any\n' >%1$s/a.conf; systemctl daemon-reload; rm -rf %1$s"
            .formatted("/run/systemd/system/" + socket + ".d");
    device.exec("sh", "-c", script).orThrow();
  }

  private static void isAsDeclared(VirtualNetwork network, VirtualDevice device, String socket) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(
                        device
                            .exec(
                                "systemctl",
                                "show",
                                "--property=IPAddressAllow,NeedDaemonReload,ActiveState",
                                socket)
                            .orThrow()
                            .lines())
                    .containsExactlyInAnyOrder(
                        "IPAddressAllow=192.168.77.0/24",
                        "NeedDaemonReload=no",
                        "ActiveState=active"));
    awaitAnswer(network, Peer.LAN, "v2");
    assertSilent(network, Peer.INTERNET);
    assertThat(SocketApps.files(device, "web")).isEqualTo("/etc/systemd/system/" + socket);
  }

  /** A version for other clients that is never ready: those of the last one are let in again. */
  private static void rollsBack(
      VirtualNetwork network, VirtualDevice device, DeviceLoop loop, GitRepository repository)
      throws Exception {
    List<String> before = SocketApps.up(device, "web");
    repository.commit("web.yaml", SocketApps.broken("web", "v3", INTERNET));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(loop.why("web", "Ready")).startsWith("RolledBack: "));
    awaitAnswer(network, Peer.LAN, "v2");
    assertSilent(network, Peer.INTERNET);
    assertThat(SocketApps.up(device, "web")).isEqualTo(before);
  }

  private static void leavesThePortToWhoeverHasIt(
      VirtualNetwork network, VirtualDevice device, DeviceLoop loop, GitRepository repository)
      throws Exception {
    repository.commit("thief.yaml", SocketApps.server("thief", "stolen", INTERNET));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.why("thief", "Ready"))
                    .contains("another program of the device has the port"));
    assertThat(loop.condition("thief", "Ready")).isEqualTo("False");
    assertThat(SocketApps.up(device, "thief")).isEmpty();
    awaitAnswer(network, Peer.LAN, "v2");
    repository.remove("thief.yaml");
  }

  private static void changes(
      VirtualNetwork network, VirtualDevice device, GitRepository repository) throws Exception {
    String before = SocketApps.up(device, "web").getFirst();
    repository.commit("web.yaml", SocketApps.server("web", "v4", INTERNET));
    awaitAnswer(network, Peer.INTERNET, "v4");
    assertSilent(network, Peer.LAN);
    assertThat(SocketApps.up(device, "web")).hasSize(1).doesNotContain(before);
  }

  private static void goes(VirtualNetwork network, VirtualDevice device, GitRepository repository)
      throws Exception {
    repository.remove("web.yaml");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(SocketApps.files(device, "web")).isEmpty();
              assertThat(SocketApps.up(device, "web")).isEmpty();
            });
    for (Peer peer : Peer.values()) {
      assertSilent(network, peer);
    }
  }
}
