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

  static final Duration LIMIT = Duration.ofMinutes(2);

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

  /** Tries what neither routes nor addresses let it do, against another app and the device. */
  private static final String ATTACKER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: attacker}
      spec:
        run: {command: [/usr/bin/perl, /run/attacker/attacker]}
        files:
          - path: /run/attacker/attacker
            content: |
              use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);
              $| = 1;
              my ($bindtodevice, $freebind) = (25, 15);
              my $neighbour = "%s";
              sub try { my ($name, $attempt) = @_;
                local $SIG{ALRM} = sub { die };
                my $said = eval { alarm 3; my $r = $attempt->(); alarm 0; $r };
                print "$name ", $@ ? "nothing" : $said, "\\n";
              }
              sub tcp { my ($ip, $port, $bound) = @_;
                socket(my $s, PF_INET, SOCK_STREAM, 0) or return "socket $!";
                !$bound or setsockopt($s, SOL_SOCKET, $bindtodevice, "eth0\\0") or return "bound $!";
                connect($s, pack_sockaddr_in($port, inet_aton($ip))) ? "open" : "$!";
              }
              sub spoof { my ($from) = @_;
                socket(my $s, PF_INET, SOCK_DGRAM, 0) or return "socket $!";
                setsockopt($s, 0, $freebind, pack("i", 1)) or return "free $!";
                bind($s, pack_sockaddr_in(0, inet_aton($from))) or return "bind $!";
                send($s, "x", 0, pack_sockaddr_in(9, inet_aton("198.51.100.2"))) ? "sent" : "refused";
              }
              sub v6 { my ($to) = @_;
                for my $link (2 .. 20) {
                  socket(my $s, PF_INET6, SOCK_DGRAM, 0) or return "socket $!";
                  my $at = pack_sockaddr_in6(5353, inet_pton(AF_INET6, $to), $link);
                  return "sent" if send($s, "x", 0, $at);
                }
                "refused";
              }
              while (1) {
                try("neighbour", sub { tcp($neighbour, 7000) });
                try("neighbour-bound", sub { tcp($neighbour, 7000, 1) });
                try("router-bound", sub { tcp("240.0.0.1", 9000, 1) });
                try("internet-bound", sub { tcp("198.51.100.2", 8080, 1) });
                try("spoofed", sub { spoof($neighbour) });
                try("raw", sub { socket(my $s, PF_INET, SOCK_RAW, 1) ? "open" : "refused" });
                try("packet", sub { socket(my $s, 17, SOCK_RAW, 0x300) ? "open" : "refused" });
                try("all-nodes", sub { v6("ff02::1") });
                try("link-local", sub { v6("fe80::1") });
                try("global", sub { v6("2001:db8::1") });
                print "round\\n";
                sleep 1;
              }
        permissions: {internet: true, localNetwork: true, internetTo: [{cidr: 0.0.0.0/0}, {cidr: "::/0"}]}
        network: Own
      """;

  private NetworkApps() {}

  static String attacker(String neighbour) {
    return ATTACKER.formatted(neighbour);
  }

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
