package dev.sandbar.e2e;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.report.Attested;
import dev.sandbar.device.kernel.KnownFilters;
import dev.sandbar.device.observe.AppAttestation;
import dev.sandbar.device.observe.Observer;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.VirtualNetwork.Peer;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;

/** Apps that say who may connect to them, and those that connect. */
final class FirewallApps {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Answers at its ports, each with its protocol and number. */
  private static final String SERVER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: %s}
      spec:
        run: {command: [/usr/bin/perl, /run/server/server]}
        files:
          - path: /run/server/server
            content: |
              use Socket;
              $| = 1;
              for my $port (%s) {
                next if fork;
                my $udp = $port < 0;
                socket(my $s, PF_INET, $udp ? SOCK_DGRAM : SOCK_STREAM, 0) or die;
                setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
                bind($s, sockaddr_in(abs $port, INADDR_ANY)) or die "port $port: $!";
                if ($udp) { while (my $from = recv($s, my $what, 9, 0)) { send($s, "app", 0, $from) } }
                listen($s, 5) or die;
                while (accept(my $c, $s)) { print $c "app\\n"; close $c; }
              }
              sleep;
        permissions: {%s}
        network: Own
        drift: {mode: %s}
      """;

  /**
   * Says in each round which of its destinations it reaches, and what the kernel answers if not.
   */
  private static final String CLIENT =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: %s}
      spec:
        run: {command: [/usr/bin/perl, /run/client/client]}
        files:
          - path: /run/client/client
            content: |
              use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);
              $| = 1;
              my ($fastopen, $bindtodevice, $udplite) = (0x20000000, 25, 136);
              sub try { my ($name, $attempt) = @_;
                my $begun = time;
                local $SIG{ALRM} = sub { die };
                my $said = eval { alarm 3; my $r = $attempt->(); alarm 0; $r };
                print "$name ", $@ ? "nothing" : $said, time - $begun < 2 ? "" : " late", "\\n";
              }
              sub tcp { my ($ip, $port, $bound) = @_;
                socket(my $s, PF_INET, SOCK_STREAM, 0) or return "socket $!";
                !$bound or setsockopt($s, SOL_SOCKET, $bindtodevice, "eth0\\0") or return "bound $!";
                connect($s, pack_sockaddr_in($port, inet_aton($ip))) ? "open" : "$!";
              }
              sub mapped { my ($ip, $port) = @_;
                socket(my $s, PF_INET6, SOCK_STREAM, 0) or return "socket $!";
                connect($s, pack_sockaddr_in6($port, inet_pton(AF_INET6, "::ffff:$ip"))) ? "open" : "$!";
              }
              sub fast { my ($ip, $port) = @_;
                socket(my $s, PF_INET, SOCK_STREAM, 0) or return "socket $!";
                defined(send($s, "x", $fastopen, pack_sockaddr_in($port, inet_aton($ip)))) ? "open" : "$!";
              }
              sub udp { my ($ip, $port, $protocol) = @_;
                socket(my $s, PF_INET, SOCK_DGRAM, $protocol // 0) or return "socket $!";
                connect($s, pack_sockaddr_in($port, inet_aton($ip))) or return "$!";
                defined(send($s, "x", 0)) or return "$!";
                recv($s, my $answer, 9, 0);
                length $answer ? "open" : "$!";
              }
              while (1) {
                try("tcp-a-8080", sub { tcp("198.51.100.2", 8080) });
                try("tcp-a-8081", sub { tcp("198.51.100.2", 8081) });
                try("tcp-a-8081-bound", sub { tcp("198.51.100.2", 8081, 1) });
                try("tcp-a-8081-mapped", sub { mapped("198.51.100.2", 8081) });
                try("tcp-a-8081-fast", sub { fast("198.51.100.2", 8081) });
                try("udp-a-8080", sub { udp("198.51.100.2", 8080) });
                try("udp-a-8082", sub { udp("198.51.100.2", 8082) });
                try("udplite-a-8080", sub { udp("198.51.100.2", 8080, $udplite) });
                try("tcp-b-8080", sub { tcp("192.168.77.2", 8080) });
                try("tcp-b-8081", sub { tcp("192.168.77.2", 8081) });
                try("device-7012", sub { tcp("192.0.2.10", 7012) });
                my $found = gethostbyname("name.example");
                print "name ", $found ? inet_ntoa($found) : "unknown", "\\n";
                print "round\\n";
                select(undef, undef, undef, 0.3);
              }
        permissions: {%s}
        network: Own
        drift: {mode: Correct}
      """;

  private FirewallApps() {}

  /**
   * @param ports of TCP; with a minus, of UDP
   */
  static String server(String name, String ports, String permissions, String drift) {
    return SERVER.formatted(name, ports, permissions, drift);
  }

  static String client(String name, String permissions) {
    return CLIENT.formatted(name, permissions);
  }

  private static String[] bash(String script) {
    return new String[] {"timeout", "3", "bash", "-c", script};
  }

  private static String tcp(String address, int port) {
    return "exec 3<>/dev/tcp/%s/%d && timeout 2 head -1 <&3".formatted(address, port);
  }

  /** What answers a host of the network at a port; empty if nothing does. */
  static String answer(VirtualNetwork network, Peer from, String address, int port) {
    return network.exec(from, LIMIT, bash(tcp(address, port))).stdout().strip();
  }

  /** The same over UDP. */
  static String datagram(VirtualNetwork network, Peer from, String address, int port) {
    String script =
        "exec 3<>/dev/udp/%s/%d && echo x >&3 && timeout 2 head -c3 <&3".formatted(address, port);
    return network.exec(from, LIMIT, bash(script)).stdout().strip();
  }

  /** What answers a program of the device. */
  static String answer(VirtualDevice device, String address, int port) {
    return device.exec(bash(tcp(address, port))).stdout().strip();
  }

  /** What is attested of the rules in the network of an app. */
  static List<Enforcement> attested(VirtualDevice device, String manifest) {
    DeviceFacts facts = ReferenceDevice.facts();
    if (!(Workbench.compilation(manifest, facts) instanceof Compilation.Compiled(var app, _))) {
      throw new AssertionError(manifest);
    }
    try (DbusSystemd systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
      var seen =
          Observer.of(
                  device.root(),
                  systemd,
                  new ImageStore(device.root())::verified,
                  KnownFilters.none())
              .observe(new TreeSet<>(List.of(app.unit())), List.of(UnitName.SLICE));
      return new AppAttestation(device.root(), facts)
          .of(app, seen).stream()
              .filter(it -> it.directive().equals("firewall"))
              .map(Attested::result)
              .toList();
    }
  }

  /** The address of an app in its own network. */
  static String address(VirtualDevice device, String app) {
    return device
        .exec("nsenter", "--target", Apps.pid(device, app).strip(), "--net", "hostname", "-I")
        .orThrow()
        .strip();
  }

  /** Runs a program as root in the network of an app. */
  static String inside(VirtualDevice device, String app, String script) {
    return device
        .exec("nsenter", "--target", Apps.pid(device, app).strip(), "--net", "sh", "-ec", script)
        .orThrow();
  }
}
