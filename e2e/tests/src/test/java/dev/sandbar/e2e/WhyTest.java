package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.cli.Main;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that the kernel refuses an app, as {@code sandbar why} has them. */
class WhyTest {

  private static final String DEVICE = "192.0.2.10";

  /** Writes nothing at all, and connects to what it may not reach, in the network of the device. */
  private static final String SILENT =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: %s}
      spec:
        run: {command: [/usr/bin/perl, /run/silent/silent]}
        files:
          - path: /run/silent/silent
            content: |
              use Socket;
              use Fcntl;
              my @all;
              sub start { my ($type, $ip, $port) = @_;
                socket(my $s, PF_INET, $type, 0) or return;
                fcntl($s, F_SETFL, O_NONBLOCK) if $type == SOCK_STREAM;
                connect($s, sockaddr_in($port, inet_aton($ip)));
                push @all, $s;
              }
              while (1) {
                @all = ();
                %s
                sleep 20;
              }
        permissions: {%s}
      """;

  /** Tries what it may not, and keeps what comes of it to itself. */
  private static final String TRYING =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: gauge}
      spec:
        run: {command: [/usr/bin/perl, /run/gauge/gauge]}
        files:
          - path: /run/gauge/gauge
            content: |
              use Socket;
              use Fcntl;
              %s
              sleep 1000;
        permissions: {localNetwork: true}
      """;

  private static final String ATTEMPTS =
      "socket(my $n, 16, SOCK_RAW, 0); open(my $p, '<', '/proc/meminfo'); open(my $d, '+<',"
          + " '/dev/ttyS0'); open(my $f, '>', '/var/lib/gauge/x'); socket(my $t, PF_INET,"
          + " SOCK_STREAM, 0); bind($t, sockaddr_in(8123, INADDR_ANY)); socket(my $u, PF_INET,"
          + " SOCK_DGRAM, 0); bind($u, sockaddr_in(5123, INADDR_ANY)); print STDERR \"trying it\\n\";";

  private static final String FEW =
      "start(SOCK_STREAM, '198.51.100.2', 8080); start(SOCK_STREAM, '192.168.77.2', 1883);"
          + " start(SOCK_DGRAM, '198.51.100.3', 123);";

  private static final String MANY =
      "start(SOCK_STREAM, '198.51.100.' . (1 + $_ % 250), 1 + $_) for 0 .. 3999;";

  private static final String NARROW =
      "internet: true, internetTo: [{cidr: 198.51.100.2, ports: [{port: 8080}]}]";

  @TempDir private Path folder;

  /** What the command says, without the breaks that fit a terminal. */
  private static String why(VirtualDevice device, String app, String... options) {
    var words = new ArrayList<>(List.of("why", app));
    words.addAll(List.of(options));
    return run(device, words.toArray(String[]::new));
  }

  private static String run(VirtualDevice device, String... words) {
    var arguments = new ArrayList<>(List.of(words));
    arguments.addAll(List.of("--device", device.id()));
    return sandbar(arguments.toArray(String[]::new));
  }

  private static String sandbar(String... arguments) {
    var said = new ByteArrayOutputStream();
    Main.run(arguments, InputStream.nullInputStream(), said, said, Map.of());
    return said.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " ");
  }

  /** By its own facts: without it, what only a device knows is a warning. */
  private void theDeviceThatIsNamedValidates(VirtualDevice device) throws IOException {
    Path spec =
        Files.writeString(
            folder.resolve("media.yaml"),
            Apps.waiting("media", "permissions: {storage: [{source: media, mountPath: /media}]}"));
    assertThat(sandbar("validate", spec.toString())).contains("no error, 1 warning");
    assertThat(sandbar("validate", spec.toString(), "--device", device.id()))
        .contains("this device has no volume media", "1 error, no warning");
  }

  private static void awaitWhy(VirtualDevice device, String app, String... what) {
    await()
        .atMost(Apps.SOON)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(why(device, app)).contains(what));
  }

  @Test
  void connectionsThatTheKernelRefusesAreNamed() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write(
                "few.yaml",
                SILENT.formatted(
                    "few",
                    FEW,
                    "ports: [{port: 7000}], internet: true, internetTo: [{cidr: 203.0.113.0/24}]"))
            .write("many.yaml", SILENT.formatted("many", MANY, "localNetwork: true"))
            .write(
                "patient.yaml",
                SILENT.formatted(
                    "patient", "start(SOCK_STREAM, '203.0.113.9', 443);", "internet: true"))
            .write("one.yaml", FirewallApps.client("one", NARROW))
            .write(
                "own.yaml",
                FirewallApps.server(
                    "own",
                    "7010, 7011",
                    "internet: true, localNetwork: true, ports: [{port: 7010, from:"
                        + " [198.51.100.0/24]}, {port: 7011, from: LocalNetwork}]",
                    "Detect"))
            .commitAll("Apps that try what they may not");
    try (var network = VirtualNetwork.create();
        var device = VirtualDevice.named("why").network(network).boot();
        ServerSocket open = network.namespace(Peer.INTERNET).call(() -> new ServerSocket(8080))) {
      assertThat(open.isBound()).isTrue();
      NetworkApps.prepare(device);
      theDeviceThatIsNamedValidates(device);
      try (var loop =
          DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)))) {
        Apps.awaitReady(loop, "few", "many", "patient", "one", "own");
        inTheNetworkOfTheDevice(device);
        byTheRulesOfAnApp(network, device);
        theStatusNamesThePermission(repository, loop);
        theCallsThatTheKernelRefusesAreNamed(repository, device, loop);
        // What is noted there is no drift.
        assertThat(loop.condition("one", "Drifted")).isEqualTo("False");
        assertThat(loop.condition("own", "Drifted")).isEqualTo("False");
      }
    }
  }

  /** An app that hangs in a connection is not ready, and the status names what it lacks. */
  private static void theStatusNamesThePermission(GitRepository repository, DeviceLoop loop)
      throws Exception {
    repository.commit(
        "hung.yaml",
        SILENT.formatted("hung", "start(SOCK_STREAM, '192.168.77.2', 1883);", "internet: true")
            + "  health: {ready: {exec: {command: [/usr/bin/false]}}, within: 8s}\n");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.why("hung", "Ready"))
                    .contains("; by its connections it lacks localNetwork")
                    .doesNotContain("192.168"));
  }

  /** Nothing of it says a word until its last line; the version before it wrote of another one. */
  private static void theCallsThatTheKernelRefusesAreNamed(
      GitRepository repository, VirtualDevice device, DeviceLoop loop) throws Exception {
    device.exec("sh", "-ec", "mkdir -p /var/lib/gauge; touch /dev/ttyS0").orThrow();
    String before =
        TRYING.formatted("print STDERR \"open /proc/meminfo: No such file or directory\\n\";");
    repository.commit("gauge.yaml", before);
    Apps.awaitReady(loop, "gauge");
    assertThat(why(device, "gauge")).contains("systemInfo: true");
    repository.commit("gauge.yaml", TRYING.formatted(ATTEMPTS));
    Apps.awaitApplied(loop, repository, "gauge");
    assertThat(why(device, "gauge", "--restart", "--for", "5s"))
        .contains(
            "seen in the kernel: bind 0.0.0.0:5123: EPERM; bind 0.0.0.0:8123: EPERM",
            "permissions: {ports: [{port: 5123, protocol: UDP}, {port: 8123}]}",
            "openat /var/lib/gauge/x: EROFS",
            "permissions: {state: true}",
            "openat /dev/ttyS0: ENOENT",
            "permissions: {serial: [{device: /dev/ttyS0}]}",
            "openat /proc/meminfo: ENOENT",
            "permissions: {systemInfo: true}",
            "socket AF_NETLINK: EAFNOSUPPORT",
            "permissions: {networkStatus: true}",
            "The app wrote last: trying it",
            "systemd reports: ",
            "Started sandbar-gauge.service")
        .doesNotContain("VOLUME", "8080", "it said", "no permission allows it");
    // Without the kernel's word there is that of this start alone, and it says nothing of it.
    assertThat(why(device, "gauge"))
        .contains("start it again: sandbar why gauge --restart", "The app wrote last: trying it")
        .doesNotContain("systemInfo");
  }

  private static void inTheNetworkOfTheDevice(VirtualDevice device) {
    awaitWhy(
        device,
        "few",
        "to reach addresses of the internet (IPAddressDeny)",
        "198.51.100.2:8080 (TCP), 198.51.100.3:123 (UDP)",
        "permissions: {internetTo: [{cidr: 198.51.100.2}, {cidr: 198.51.100.3}]}",
        "to reach addresses of the local network (IPAddressDeny)",
        "192.168.77.2:1883 (TCP)",
        "permissions: {localNetwork: true}");
    awaitWhy(device, "many", "and 992 more", "permissions: {internet: true}");
    assertThat(why(device, "many")).doesNotContain("internetTo").hasSizeLessThan(1000);
    awaitWhy(
        device,
        "patient",
        "patient waits for an answer from 203.0.113.9:443 (TCP), which its sandbox lets it reach.");
  }

  private static void byTheRulesOfAnApp(VirtualNetwork network, VirtualDevice device) {
    NetworkApps.awaitSays(device, "one", "tcp-a-8080 open", "tcp-a-8081 No route to host");
    awaitWhy(
        device,
        "one",
        "to connect to ports that internetTo does not name (firewall)",
        "198.51.100.2:8081 (TCP)",
        "198.51.100.2:8080 (UDP)",
        "permissions: {internetTo: [{cidr: 198.51.100.2, ports: [{port: 8081}",
        "{port: 8082, protocol: UDP}");
    await()
        .atMost(Apps.SOON)
        .until(() -> FirewallApps.answer(network, Peer.INTERNET, DEVICE, 7010), "app"::equals);
    assertThat(FirewallApps.answer(network, Peer.LAN, DEVICE, 7010)).isEmpty();
    assertThat(FirewallApps.answer(network, Peer.INTERNET, DEVICE, 7011)).isEmpty();
    assertThat(FirewallApps.answer(device, FirewallApps.address(device, "own"), 7010)).isEmpty();
    awaitWhy(
        device,
        "own",
        "connections to port 7010/tcp of others than from names (firewall)",
        "seen in the kernel: ",
        "permissions: {ports: [{port: 7010, from: [192.168.77.2, 198.51.100.0/24]}]}",
        "permissions: {ports: [{port: 7010, from: ThisDevice}]}",
        "connections to port 7011/tcp of others than from names (firewall)",
        "permissions: {ports: [{port: 7011, from: [198.51.100.2]}]}");
  }
}
