package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import dev.sandbar.vdev.image.ProbeReport;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Apps with networks of their own, on a device between the internet and a local network. */
class OwnNetworkTest {

  private static final Duration LIMIT = NetworkApps.LIMIT;
  private static final String DEVICE = "192.0.2.10";

  @TempDir private Path folder;

  /** What answers at a port of the device; empty if nothing does. */
  private static String answer(VirtualNetwork network, Peer from, int port) {
    String script = "exec 3<>/dev/tcp/%s/%d && timeout 3 head -1 <&3".formatted(DEVICE, port);
    return network
        .exec(from, Duration.ofSeconds(10), "timeout", "3", "bash", "-c", script)
        .stdout()
        .strip();
  }

  private static Set<String> interfaces(VirtualDevice device) {
    return device.exec("ls", "/sys/class/net").orThrow().lines().collect(Collectors.toSet());
  }

  private static Set<String> links(VirtualDevice device) {
    return interfaces(device).stream()
        .filter(name -> name.startsWith("sb-"))
        .collect(Collectors.toSet());
  }

  private static NameServer nameServer(VirtualNetwork network, Peer at, String answer)
      throws Exception {
    return NameServer.answering(network.namespace(at).call(() -> new DatagramSocket(53)), answer);
  }

  @Test
  void anAppReachesWhatItsPermissionsSay() throws Exception {
    String own = "internet: true, unixSockets: true, ports: [{port: 7000}, {port: 7001}]";
    String other = "internet: true, internetTo: [{cidr: 198.51.100.0/24}]";
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("own").network(network).boot();
        ServerSocket internet =
            network.namespace(Peer.INTERNET).call(() -> new ServerSocket(8080));
        ServerSocket lan = network.namespace(Peer.LAN).call(() -> new ServerSocket(8080));
        NameServer first = nameServer(network, Peer.ROUTER, "203.0.113.1");
        NameServer second = nameServer(network, Peer.INTERNET, "203.0.113.2")) {
      assertThat(List.of(internet, lan)).allMatch(ServerSocket::isBound);
      assertThat(first).isNotSameAs(second);
      NetworkApps.prepare(device);
      GitRepository repository =
          GitRepository.create(folder.resolve("fleet")).commit("own.yaml", shared("own"));
      try (var loop =
          DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)))) {
        Apps.awaitReady(loop, "own");
        movesOutOfTheNetworkOfTheDevice(device, loop, repository, own);
        reachesThePublicOnly(network, device);
        assertThat(loop.condition("own", "Drifted")).isEqualTo("False");

        repository.commit(
            "other.yaml", NetworkApps.caller("other", "", addressOf(device, "own"), other, "Own"));
        Apps.awaitReady(loop, "other");
        NetworkApps.awaitSays(
            device,
            "other",
            "internet open",
            "lan Permission denied",
            "neighbour Permission denied",
            "abstract socket Address family not supported by protocol",
            "name unknown");

        followsTheNameServers(device);
        namesChangedRules(device, loop);
        losesConnectionsWithTheRules(device, loop);
        startsAnew(device, loop);
        namesAChangedScript(device, loop);

        correctsChangedRules(network, device, loop, repository, own);

        for (String link : links(device)) {
          device.exec("ip", "link", "delete", link).orThrow();
        }
        Apps.awaitDrift(loop, "other", "STATE network interface: .*");
        device.exec("systemctl", "restart", "sandbar-other.service").orThrow();
        Apps.awaitNoDrift(loop, "other");

        // Its ports lead nowhere when it is back in the network of the device.
        assertThat(device.exec("nft", "list", "tables").orThrow()).contains("sandbar-own");
        repository.commit("own.yaml", shared("own"));
        Apps.awaitApplied(loop, repository, "own");
        assertThat(device.exec("nft", "list", "tables").orThrow()).doesNotContain("sandbar-own");
        assertThat(links(device)).hasSize(1);

        repository.remove("own.yaml");
        await().atMost(LIMIT).until(() -> links(device).size() == 1);
        await()
            .atMost(LIMIT)
            .until(
                () -> device.exec("nft", "list", "tables").orThrow().strip(),
                "table ip sandbar"::equals);
      }
      hearsOfLostRules(device, repository);
    }
  }

  private static String shared(String name) {
    return NetworkApps.caller(name, "", "127.0.0.2", "internet: true, unixSockets: true", "Shared");
  }

  /** What the new version runs when the old one stops leaves the interfaces of the device alone. */
  private static void movesOutOfTheNetworkOfTheDevice(
      VirtualDevice device, DeviceLoop loop, GitRepository repository, String permissions)
      throws Exception {
    Set<String> before = interfaces(device);
    assertThat(before).as("an app sees its own by this name too").contains("eth0");
    repository.commit(
        "own.yaml", NetworkApps.caller("own", "7000, 7001", "127.0.0.2", permissions, "Own"));
    await().atMost(LIMIT).until(() -> links(device).size() == 1);
    Apps.awaitApplied(loop, repository, "own");
    assertThat(interfaces(device)).containsAll(before);
  }

  private static void reachesThePublicOnly(VirtualNetwork network, VirtualDevice device) {
    NetworkApps.awaitSays(
        device,
        "own",
        "internet open",
        "lan Permission denied",
        "loopback Connection refused",
        "abstract Connection refused",
        "name 203.0.113.1");
    assertThat(answer(network, Peer.INTERNET, 7000)).isEqualTo("app");
    assertThat(answer(network, Peer.LAN, 7000)).isEmpty();
    // What listens on the device keeps its port.
    assertThat(answer(network, Peer.INTERNET, 7001)).isEqualTo("device");
  }

  private static void followsTheNameServers(VirtualDevice device) {
    device.exec("sh", "-c", "echo nameserver 198.51.100.2 >/etc/resolv.conf").orThrow();
    NetworkApps.awaitSays(device, "own", "name 203.0.113.2");
  }

  /** What a firewall does that is loaded anew. */
  private static void losesConnectionsWithTheRules(VirtualDevice device, DeviceLoop loop)
      throws IOException {
    device.exec("nft", "flush", "ruleset").orThrow();
    Apps.awaitDrift(loop, "own", "STATE nftables table sandbar: .*missing.*");
    Apps.awaitDrift(loop, "own", "STATE nftables table sandbar-own: .*missing.*");
    Apps.awaitDrift(loop, "other", "STATE nftables table sandbar: .*missing.*");
    assertThat(loop.drifts("other")).hasSize(1);
    NetworkApps.awaitSays(
        device,
        "other",
        "internet nothing late",
        "lan Permission denied",
        "neighbour Permission denied");
  }

  private static void namesChangedRules(VirtualDevice device, DeviceLoop loop) throws IOException {
    device
        .exec("nft", "add", "rule", "ip", "sandbar-own", "ports", "tcp", "dport", "9", "drop")
        .orThrow();
    Apps.awaitDrift(
        loop, "own", "STATE nftables table sandbar-own: .*chain ports has 1 other rules.*");
    assertThat(loop.drifts("other")).isEmpty();
  }

  /** Without a restart, and before the next sweep would be of use to anybody. */
  private static void correctsChangedRules(
      VirtualNetwork network,
      VirtualDevice device,
      DeviceLoop loop,
      GitRepository repository,
      String permissions)
      throws Exception {
    String correcting = "Own\n  drift: {mode: Correct}";
    repository.commit(
        "own.yaml", NetworkApps.caller("own", "7000, 7001", "127.0.0.2", permissions, correcting));
    Apps.awaitNoDrift(loop, "own");
    String pid = Apps.pid(device, "own");
    String before = NetworkApps.ruleset(device);
    String rule = "nft -a list chain ip sandbar-own ports | sed -n 's/.*dport 7000 .*# handle //p'";
    for (String change :
        List.of(
            "nft flush ruleset",
            "nft flush chain ip sandbar prerouting",
            "nft delete rule ip sandbar-own ports handle $(%s)".formatted(rule),
            "nft replace rule ip sandbar-own ports handle $(%s) tcp dport 7000 drop"
                .formatted(rule))) {
      // The kernel numbers tables, and no two have one number.
      String tables = NetworkApps.tables(device);
      device.exec("sh", "-ec", change).orThrow();
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> {
                assertThat(NetworkApps.tables(device)).as(change).isNotEqualTo(tables);
                assertThat(NetworkApps.ruleset(device)).as(change).isEqualTo(before);
              });
    }
    assertThat(answer(network, Peer.INTERNET, 7000)).isEqualTo("app");
    NetworkApps.awaitSays(device, "own", "internet open", "name 203.0.113.2");
    Apps.awaitNoDrift(loop, "own");
    assertThat(Apps.pid(device, "own")).isEqualTo(pid);
  }

  /** An agent that looks by itself once an hour. */
  private static void hearsOfLostRules(VirtualDevice device, GitRepository repository)
      throws Exception {
    try (var loop =
        DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofHours(1)))) {
      Apps.awaitReady(loop, "other");
      Apps.awaitNoDrift(loop, "other");
      device.exec("nft", "delete", "table", "ip", "sandbar").orThrow();
      Apps.awaitDrift(loop, "other", "STATE nftables table sandbar: .*missing.*");
    }
  }

  private static void startsAnew(VirtualDevice device, DeviceLoop loop) throws IOException {
    for (int i = 0; i < 2; i++) {
      String pid = Apps.pid(device, "own");
      device.exec("systemctl", "kill", "--signal=KILL", "sandbar-own.service").orThrow();
      await()
          .atMost(LIMIT)
          .until(
              () ->
                  Integer.parseInt(Apps.pid(device, "own").strip()) > 0
                      && !Apps.pid(device, "own").equals(pid));
      Apps.awaitReady(loop, "own");
    }
    NetworkApps.awaitSays(device, "own", "internet open");
    assertThat(loop.condition("own", "Drifted")).isEqualTo("False");
    assertThat(links(device)).hasSize(2);
  }

  /** What root runs at the next start is what was compiled, or it is drift. */
  private static void namesAChangedScript(VirtualDevice device, DeviceLoop loop) throws Exception {
    String script =
        device
            .exec(
                "sh",
                "-c",
                "systemctl show -P ExecStartPre sandbar-own | grep -o 'sha256-[0-9a-f]*'")
            .orThrow()
            .lines()
            .findFirst()
            .orElseThrow();
    device
        .exec("sh", "-c", "echo 'route add default dev eth0' >>/var/lib/sandbar/files/" + script)
        .orThrow();
    Apps.awaitDrift(loop, "own", "FILE files network/namespace.ip: .*");
  }

  /** The address that the device reaches an app by. */
  private static String addressOf(VirtualDevice device, String app) {
    return device
        .exec("nsenter", "--target", Apps.pid(device, app).strip(), "--net", "hostname", "-I")
        .orThrow()
        .strip();
  }

  /** Says what is missing, and goes on when it is there. */
  @Test
  void aDeviceThatForwardsNothingIsNamed() throws Exception {
    Images image = Images.probe(folder, 1);
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit(
                "own.yaml", NetworkApps.caller("own", "", "127.0.0.2", "internet: true", "Own"));
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("own").suite(Suite.FORKY).network(network).boot();
        ServerSocket internet =
            network.namespace(Peer.INTERNET).call(() -> new ServerSocket(8080));
        ServerSocket lan = network.namespace(Peer.LAN).call(() -> new ServerSocket(8080));
        var loop =
            DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)))) {
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(loop.problems())
                      .anySatisfy(
                          problem ->
                              assertThat(problem)
                                  .contains(
                                      "network: Own: this device lacks", "net.ipv4.ip_forward=1")));
      device.put(image.file(), image.source());
      device.exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=1").orThrow();
      Apps.awaitReady(loop, "own");
      NetworkApps.awaitSays(device, "own", "internet open", "lan Permission denied");
      assertThat(List.of(internet, lan)).allMatch(ServerSocket::isBound);
      String all = "internet: true, internetTo: [{cidr: 0.0.0.0/0}], ports: [{port: 7000}]";
      repository
          .write(
              "lan.yaml", NetworkApps.caller("lan", "", "127.0.0.2", "localNetwork: true", "Own"))
          .write("all.yaml", NetworkApps.caller("all", "7000", "127.0.0.2", all, "Own"))
          .write("imaged.yaml", image.app("imaged", "permissions: {internet: true}, network: Own"))
          .write("ring-out.yaml", ring(image, "ring-out", "198.51.100.2"))
          .write("ring-lan.yaml", ring(image, "ring-lan", "192.168.77.2"))
          .commitAll("Three more");
      NetworkApps.awaitSays(device, "lan", "internet Permission denied", "lan open");
      NetworkApps.awaitSays(device, "all", "internet open", "lan open");
      Apps.awaitReady(loop, "imaged");
      assertThat(loop.condition("imaged", "Drifted")).isEqualTo("False");
      reachesNoMoreByIoUring(device, loop);
      leavesItsNetworkByNoOtherWay(device, loop, repository);
    }
  }

  /** Tries one address by io_uring, which the filter on socket families does not see. */
  private static String ring(Images image, String name, String address) {
    String attempts = "--only, 'io-uring-connect,io-uring-socket-inet,io-uring-bind'";
    return image
        .app(name, "permissions: {internet: true, asyncIO: true}, network: Own")
        .replaceFirst(
            "command: \\[([^]]*)]",
            "command: [/usr/bin/probe, --hold, --port, '8080', --target4, %s, %s]"
                .formatted(address, attempts));
  }

  private static void reachesNoMoreByIoUring(VirtualDevice device, DeviceLoop loop)
      throws IOException {
    for (String app : List.of("ring-out", "ring-lan")) {
      Apps.awaitReady(loop, app);
      await()
          .atMost(LIMIT)
          .until(() -> ProbeReport.parse(NetworkApps.journal(device, app)), ProbeReport::complete);
      List<String> opened =
          ProbeReport.parse(NetworkApps.journal(device, app)).breaches().stream()
              .map(ProbeReport.Attempt::id)
              .toList();
      assertThat(opened).contains("io-uring-socket-inet").doesNotContain("io-uring-bind");
      assertThat(opened.contains("io-uring-connect")).as(app).isEqualTo(app.equals("ring-out"));
      assertThat(loop.condition(app, "Drifted")).isEqualTo("False");
    }
  }

  /** On a device that answers for whom it forwards to. */
  private static void leavesItsNetworkByNoOtherWay(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    device.exec("sysctl", "-q", "-w", "net.ipv4.conf.all.proxy_arp=1").orThrow();
    String neighbour = addressOf(device, "all");
    repository.commit("attacker.yaml", NetworkApps.attacker(neighbour));
    Apps.awaitReady(loop, "attacker");
    NetworkApps.awaitSays(
        device,
        "attacker",
        "neighbour Permission denied",
        "neighbour-bound nothing",
        "router-bound Network is unreachable",
        "internet-bound open",
        "spoofed bind Operation not permitted",
        "raw refused",
        "packet refused",
        "all-nodes refused",
        "link-local refused",
        "global refused");
    // One who is answered sends to it, whatever the routes say.
    String pid = Apps.pid(device, "attacker").strip();
    assertThat(device.exec("nsenter", "--target", pid, "--net", "ip", "neighbour").orThrow())
        .contains("240.0.0.1 ")
        .doesNotContain(neighbour + " ");
  }
}
