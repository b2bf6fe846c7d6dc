package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Apps with networks of their own, on a device between the internet and a local network. */
class OwnNetworkTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String DEVICE = "192.0.2.10";

  /** Serves its ports, and says every second what it reaches. */
  private static final String CALLER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: %s}
      spec:
        run: {command: [/usr/bin/perl, /run/caller/caller]}
        files:
          - path: /run/caller/caller
            content: |
              use Socket;
              $| = 1;
              my @ports = (%s);
              for my $port (@ports) {
                socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
                setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
                bind($s, sockaddr_in($port, INADDR_ANY)) && listen($s, 5) or die "port $port: $!";
                next if fork;
                while (accept(my $c, $s)) { print $c "app\\n"; close $c; }
                exit;
              }
              sub reach { my ($name, $family, $address) = @_;
                my $begun = time;
                socket(my $s, $family, SOCK_STREAM, 0) or return print "$name socket $!\\n";
                local $SIG{ALRM} = sub { die };
                my $done = eval { alarm 5; my $r = connect($s, $address); alarm 0; $r };
                my $said = $@ ? "nothing" : $done ? "open" : "$!";
                print "$name $said", time - $begun < 2 ? "" : " late", "\\n";
              }
              sub host { reach($_[0], PF_INET, pack_sockaddr_in($_[2], inet_aton($_[1]))) }
              while (1) {
                host("internet", "198.51.100.2", 8080);
                host("lan", "192.168.77.2", 8080);
                host("loopback", "127.0.0.1", 9000);
                host("neighbour", "%s", 7000);
                reach("abstract", PF_UNIX, pack("S a*", AF_UNIX, "\\0device"));
                my $found = gethostbyname("name.example");
                print "name ", $found ? inet_ntoa($found) : "unknown", "\\n";
                print "round\\n";
                sleep 1;
              }
        permissions: {%s}
        network: %s
      """;

  @TempDir private Path folder;

  private static String caller(
      String name, String ports, String neighbour, String permissions, String network) {
    return CALLER.formatted(name, ports, neighbour, permissions, network);
  }

  /** What an app said in its last whole round. */
  private static List<String> said(VirtualDevice device, String app) {
    String[] rounds =
        device
            .exec("journalctl", "--output=cat", "--no-pager", "--unit=sandbar-" + app + ".service")
            .orThrow()
            .split("(?m)^round$");
    return rounds.length < 2 ? List.of() : rounds[rounds.length - 2].strip().lines().toList();
  }

  private static void awaitSays(VirtualDevice device, String app, String... lines) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(() -> assertThat(said(device, app)).contains(lines));
  }

  /** What answers at a port of the device; empty if nothing does. */
  private static String answer(VirtualNetwork network, Peer from, int port) {
    String script = "exec 3<>/dev/tcp/%s/%d && timeout 3 head -1 <&3".formatted(DEVICE, port);
    return network
        .exec(from, Duration.ofSeconds(10), "timeout", "3", "bash", "-c", script)
        .stdout()
        .strip();
  }

  private static Set<String> links(VirtualDevice device) {
    return device
        .exec("ls", "/sys/class/net")
        .orThrow()
        .lines()
        .filter(name -> name.startsWith("sb-"))
        .collect(Collectors.toSet());
  }

  /** The device passes packets on, has a name server, and programs of its own that listen. */
  private static void prepare(VirtualDevice device) throws IOException {
    for (String unit : List.of("sandbard-network.path", "sandbard-network.service")) {
      Files.copy(
          Path.of("../../packaging", unit), device.root().resolve("etc/systemd/system/" + unit));
    }
    device
        .exec(
            "sh",
            "-ec",
            """
            sysctl -q -w net.ipv4.ip_forward=1
            echo nameserver 192.0.2.1 >/etc/resolv.conf
            systemctl daemon-reload
            systemctl start sandbard-network.path
            systemd-run --quiet --unit=loopback busybox nc -ll -p 9000 -e echo device
            systemd-run --quiet --unit=taken busybox nc -ll -p 7001 -e echo device
            systemd-run --quiet --unit=abstract perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0);
              bind($s, pack("S a*", AF_UNIX, "\\0device")) && listen($s, 5) or die; sleep'
            """)
        .orThrow();
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
      prepare(device);
      GitRepository repository =
          GitRepository.create(folder.resolve("fleet"))
              .commit("own.yaml", caller("own", "7000, 7001", "127.0.0.2", own, "Own"));
      try (var loop =
          DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)))) {
        Apps.awaitReady(loop, "own");
        reachesThePublicOnly(network, device);
        assertThat(loop.condition("own", "Drifted")).isEqualTo("False");

        repository.commit(
            "other.yaml", caller("other", "", addressOf(device, "own"), other, "Own"));
        Apps.awaitReady(loop, "other");
        awaitSays(
            device,
            "other",
            "internet open",
            "lan Permission denied",
            "neighbour Permission denied",
            "abstract socket Address family not supported by protocol",
            "name unknown");

        followsTheNameServers(device);
        losesConnectionsWithTheRules(device);
        startsAnew(device, loop);
        namesAChangedScript(device, loop);

        for (String link : links(device)) {
          device.exec("ip", "link", "delete", link).orThrow();
        }
        Apps.awaitDrift(loop, "other", "STATE network interface: .*");
        device.exec("systemctl", "restart", "sandbar-other.service").orThrow();
        Apps.awaitNoDrift(loop, "other");

        repository.remove("own.yaml");
        await().atMost(LIMIT).until(() -> links(device).size() == 1);
        await()
            .atMost(LIMIT)
            .until(
                () -> device.exec("nft", "list", "tables").orThrow().strip(),
                "table ip sandbar"::equals);
      }
    }
  }

  private static void reachesThePublicOnly(VirtualNetwork network, VirtualDevice device) {
    awaitSays(
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
    awaitSays(device, "own", "name 203.0.113.2");
  }

  /** What a firewall does that is loaded anew. */
  private static void losesConnectionsWithTheRules(VirtualDevice device) {
    device.exec("nft", "flush", "ruleset").orThrow();
    awaitSays(
        device,
        "other",
        "internet nothing late",
        "lan Permission denied",
        "neighbour Permission denied");
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
    awaitSays(device, "own", "internet open");
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
            .commit("own.yaml", caller("own", "", "127.0.0.2", "internet: true", "Own"));
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
      awaitSays(device, "own", "internet open", "lan Permission denied");
      assertThat(List.of(internet, lan)).allMatch(ServerSocket::isBound);
      String all = "internet: true, internetTo: [{cidr: 0.0.0.0/0}]";
      repository
          .write("lan.yaml", caller("lan", "", "127.0.0.2", "localNetwork: true", "Own"))
          .write("all.yaml", caller("all", "", "127.0.0.2", all, "Own"))
          .write("imaged.yaml", image.app("imaged", "permissions: {internet: true}, network: Own"))
          .commitAll("Three more");
      awaitSays(device, "lan", "internet Permission denied", "lan open");
      awaitSays(device, "all", "internet open", "lan open");
      Apps.awaitReady(loop, "imaged");
      assertThat(loop.condition("imaged", "Drifted")).isEqualTo("False");
    }
  }
}
