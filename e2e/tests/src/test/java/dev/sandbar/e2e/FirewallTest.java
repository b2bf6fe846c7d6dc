package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may connect to an app, and which ports of a destination it may connect to. */
class FirewallTest {

  private static final String DEVICE = "192.0.2.10";
  private static final Duration STEP = Duration.ofSeconds(10);

  private static final String PORTS =
      "internet: true, localNetwork: true, ports: ["
          + "{port: 7010, from: [198.51.100.0/24]}, {port: 7011, from: LocalNetwork},"
          + " {port: 7012, from: ThisDevice}, {port: 7013, from: Anywhere}, {port: 7014},"
          + " {port: 7015, protocol: UDP, from: [198.51.100.0/24]}]";

  /** What an app has rules of its own for. */
  static final String NARROWED =
      "permissions: {internet: true, internetTo: [{cidr: 203.0.113.7, ports: [{port: 443}]},"
          + " {host: name.example, ports: [{port: 443}]}]}, network: Own, drift: {mode: Correct}";

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"TRIXIE", "FORKY"})
  void portsAreForThoseWhomTheSpecNames(Suite suite) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("own.yaml", FirewallApps.server("own", "7010 .. 7014, -7015", PORTS, "Detect"));
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("ports").suite(suite).network(network).boot()) {
      NetworkApps.prepare(device);
      try (var loop =
          DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)))) {
        Apps.awaitReady(loop, "own");
        reached(network, device);
        repository.commit("near.yaml", FirewallApps.client("near", "internet: true"));
        Apps.awaitReady(loop, "near");
        NetworkApps.awaitSays(device, "near", "device-7012 open");
        notReachedPastTheDevice(network, device);
        assertThat(loop.condition("own", "Drifted")).isEqualTo("False");
      }
    }
  }

  /** By the agent as it ships. */
  static void correctsFromInsideItsOwnSandbox(Reported agent, String app) throws IOException {
    VirtualDevice device = agent.device();
    Apps.awaitNoDrift(agent, app);
    String invocation = Apps.invocation(device, app);
    FirewallApps.inside(device, app, "nft flush ruleset");
    Apps.awaitReturn(device, app, invocation);
    Apps.awaitNoDrift(agent, app);
    assertThat(FirewallApps.inside(device, app, "nft list ruleset"))
        .contains("ip daddr 203.0.113.7 tcp dport 443 accept", "policy drop");
  }

  private static void reached(VirtualNetwork network, VirtualDevice device) {
    await()
        .atMost(Apps.SOON)
        .until(() -> FirewallApps.answer(network, Peer.INTERNET, DEVICE, 7010), "app"::equals);
    for (int port = 7010; port <= 7014; port++) {
      assertThat(FirewallApps.answer(network, Peer.INTERNET, DEVICE, port))
          .as("internet %d", port)
          .isEqualTo(port == 7011 || port == 7012 ? "" : "app");
      assertThat(FirewallApps.answer(network, Peer.LAN, DEVICE, port))
          .as("lan %d", port)
          .isEqualTo(port == 7010 || port == 7012 ? "" : "app");
      // Its own address is one of the internet here.
      assertThat(FirewallApps.answer(device, FirewallApps.address(device, "own"), port))
          .as("device %d", port)
          .isEqualTo(port == 7010 || port == 7011 ? "" : "app");
    }
    assertThat(FirewallApps.datagram(network, Peer.INTERNET, DEVICE, 7015)).isEqualTo("app");
    assertThat(FirewallApps.datagram(network, Peer.LAN, DEVICE, 7015)).isEmpty();
  }

  /** A neighbour that sends packets to the app's own address, also in the device's name. */
  private static void notReachedPastTheDevice(VirtualNetwork network, VirtualDevice device) {
    String app = FirewallApps.address(device, "own");
    for (String command :
        List.of("ip route add 240.0.0.0/4 via " + DEVICE, "ip address add 240.0.0.1/32 dev lo")) {
      network.exec(Peer.ROUTER, STEP, command.split(" ", -1)).orThrow();
    }
    assertThat(FirewallApps.answer(network, Peer.ROUTER, app, 7014)).isEqualTo("app");
    for (int port : List.of(7010, 7011, 7012)) {
      assertThat(FirewallApps.answer(network, Peer.ROUTER, app, port)).as("" + port).isEmpty();
    }
    String spoofing =
        "use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0); bind($s, sockaddr_in(0,"
            + " inet_aton('240.0.0.1'))) or die; alarm 2; connect($s, sockaddr_in(7012, inet_aton('"
            + app
            + "'))) ? print 'open' : print \"$!\"";
    assertThat(network.exec(Peer.ROUTER, STEP, "perl", "-e", spoofing).stdout())
        .doesNotContain("open");
  }

  @ParameterizedTest
  @EnumSource(names = {"TRIXIE", "FORKY"})
  void destinationsHaveThePortsThatTheSpecNames(Suite suite) throws Exception {
    String one = "internet: true, internetTo: [{cidr: 198.51.100.2, ports: [{port: 8080}]}]";
    String named =
        "internet: true, localNetwork: true, internetTo: [{host: name.example, ports: [{port: 8081},"
            + " {port: 8082, protocol: UDP}]}]";
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("one.yaml", FirewallApps.client("one", one))
            .write("named.yaml", FirewallApps.client("named", named))
            .commitAll("Two clients");
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("ports").suite(suite).network(network).boot();
        ServerSocket a80 = network.namespace(Peer.INTERNET).call(() -> new ServerSocket(8080));
        ServerSocket a81 = network.namespace(Peer.INTERNET).call(() -> new ServerSocket(8081));
        ServerSocket b80 = network.namespace(Peer.LAN).call(() -> new ServerSocket(8080));
        ServerSocket b81 = network.namespace(Peer.LAN).call(() -> new ServerSocket(8081));
        NameServer names =
            NameServer.answering(
                network.namespace(Peer.ROUTER).call(() -> new DatagramSocket(53)), "198.51.100.2");
        DatagramSocket udp80 = echo(network, 8080);
        DatagramSocket udp82 = echo(network, 8082)) {
      assertThat(List.of(a80, a81, b80, b81)).allMatch(ServerSocket::isBound);
      assertThat(List.of(udp80, udp82)).allMatch(DatagramSocket::isBound);
      assertThat(names).isNotNull();
      NetworkApps.prepare(device);
      try (var loop = DeviceLoop.resolving(device, repository, HostTest.options(device))) {
        Apps.awaitReady(loop, "one", "named");
        NetworkApps.awaitSays(
            device,
            "one",
            "tcp-a-8080 open",
            "tcp-a-8081 No route to host",
            "tcp-a-8081-bound No route to host",
            "tcp-a-8081-mapped No route to host",
            "tcp-a-8081-fast No route to host",
            "udp-a-8080 Operation not permitted",
            "udp-a-8082 Operation not permitted",
            "udplite-a-8080 Operation not permitted",
            "tcp-b-8080 Permission denied",
            "name unknown");
        NetworkApps.awaitSays(
            device,
            "named",
            "tcp-a-8080 No route to host",
            "tcp-a-8081 open",
            "udp-a-8080 Operation not permitted",
            "udp-a-8082 open",
            "tcp-b-8080 open",
            "tcp-b-8081 open",
            "name 198.51.100.2");
        assertThat(loop.condition("one", "Drifted")).isEqualTo("False");
        assertThat(FirewallApps.attested(device, FirewallApps.client("one", one)))
            .containsExactly(Enforcement.ENFORCED);
        assertThat(
                FirewallApps.attested(
                    device, FirewallApps.client("one", one.replace("8080", "8081"))))
            .containsExactly(Enforcement.DEGRADED);
        followsTheSpec(device, loop, repository, one);
        correctsWhatWasChanged(device, loop);
      }
    }
  }

  /** Sends back what comes, until the socket is closed. */
  private static DatagramSocket echo(VirtualNetwork network, int port) throws Exception {
    DatagramSocket socket = network.namespace(Peer.INTERNET).call(() -> new DatagramSocket(port));
    Thread.ofVirtual()
        .start(
            () -> {
              var packet = new DatagramPacket(new byte[9], 9);
              while (!socket.isClosed()) {
                try {
                  socket.receive(packet);
                  socket.send(packet);
                } catch (IOException e) {
                  // It is closed, or whoever asked has gone.
                }
              }
            });
    return socket;
  }

  private static void followsTheSpec(
      VirtualDevice device, DeviceLoop loop, GitRepository repository, String one)
      throws Exception {
    repository.commit("one.yaml", FirewallApps.client("one", one.replace("8080", "8081")));
    Apps.awaitApplied(loop, repository, "one");
    NetworkApps.awaitSays(
        device,
        "one",
        "tcp-a-8080 No route to host",
        "tcp-a-8081 open",
        "udp-a-8080 Operation not permitted");
  }

  /**
   * By root in the network of the app; what a firewall of the device does reaches no app. No more
   * often than an agent corrects one thing before it takes it for a fight.
   */
  private static void correctsWhatWasChanged(VirtualDevice device, DeviceLoop loop)
      throws Exception {
    device.exec("nft", "flush", "ruleset").orThrow();
    NetworkApps.awaitSays(device, "one", "tcp-a-8080 No route to host");
    for (String change :
        List.of(
            "nft flush ruleset",
            "nft insert rule ip sandbar output accept comment sandbar",
            "nft chain ip sandbar output '{ policy accept; }'")) {
      Apps.awaitNoDrift(loop, "one");
      String invocation = Apps.invocation(device, "one");
      FirewallApps.inside(device, "one", change);
      Apps.awaitReturn(device, "one", invocation);
      Apps.awaitNoDrift(loop, "one");
      NetworkApps.awaitSays(device, "one", "tcp-a-8080 No route to host", "tcp-a-8081 open");
    }
  }
}
