package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Apps with networks of their own that say what they reach, and the rules that they need. */
final class NetworkApps {

  static final Duration LIMIT = Duration.ofSeconds(30);

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

  private NetworkApps() {}

  static String caller(
      String name, String ports, String neighbour, String permissions, String network) {
    return CALLER.formatted(name, ports, neighbour, permissions, network);
  }

  /** All that an app printed. */
  static String journal(VirtualDevice device, String app) {
    return device
        .exec("journalctl", "--output=cat", "--no-pager", "--unit=sandbar-" + app + ".service")
        .orThrow();
  }

  /** What an app said in its last whole round. */
  static List<String> said(VirtualDevice device, String app) {
    String[] rounds = journal(device, app).split("(?m)^round$");
    return rounds.length < 2 ? List.of() : rounds[rounds.length - 2].strip().lines().toList();
  }

  static void awaitSays(VirtualDevice device, String app, String... lines) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(() -> assertThat(said(device, app)).contains(lines));
  }

  /** Units that Sandbar ships for such apps, and more. */
  static List<String> units(String... more) {
    var all = new ArrayList<>(List.of(more));
    all.addAll(
        List.of("sandbard-network.path", "sandbard-network.service", "sandbard-network@.service"));
    return all;
  }

  /** The device passes packets on, has a name server, and programs of its own that listen. */
  static void prepare(VirtualDevice device) throws IOException {
    for (String unit : units()) {
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

  static String tables(VirtualDevice device) {
    return device.exec("sh", "-c", "nft -a list ruleset | sed -n /^table/p").orThrow();
  }

  static String ruleset(VirtualDevice device) {
    return List.of("sandbar", "sandbar-own").stream()
        .map(table -> device.exec("nft", "list", "table", "ip", table).stdout())
        .collect(Collectors.joining());
  }

  /** Waits until all rules of nftables together hold these words. */
  static void awaitRules(VirtualDevice device, String... words) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> assertThat(device.exec("nft", "list", "ruleset").orThrow()).contains(words));
  }
}
