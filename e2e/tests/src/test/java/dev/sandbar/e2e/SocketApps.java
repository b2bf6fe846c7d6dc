package dev.sandbar.e2e;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Differ;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Subject;
import dev.sandbar.core.report.Attested;
import dev.sandbar.device.kernel.KnownFilters;
import dev.sandbar.device.observe.AppAttestation;
import dev.sandbar.device.observe.Observer;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.vdev.VirtualDevice;
import java.util.List;
import java.util.TreeSet;

/** Apps that are given listening sockets, and what they try to make of them. */
final class SocketApps {

  /** Answers on the socket that it is given, slow to start. */
  private static final String SERVER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: %1$s}
      spec:
        run: {command: [/usr/bin/perl, /run/%1$s/web]}
        files:
          - path: /run/%1$s/web
            content: |
              use Socket;
              $| = 1;
              select(undef, undef, undef, 0.5);
              open(my $s, "+<&=", 3) or die "no socket: $!";
              while (accept(my $c, $s)) {
                syswrite($c, "$ENV{LISTEN_FDS} $ENV{LISTEN_FDNAMES} %2$s\\n");
                close $c;
              }
              die "$!";
        permissions: {ports: [{name: web, port: 80, via: Socket, from: %3$s}]}
        drift: {mode: Correct}
      """;

  /** Tries to leave by a socket that listens: to the internet, and last to its clients. */
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
              my $fastopen = 0x20000000;
              open(my $one, "+<&=", 3) or die;
              open(my $two, "+<&=", 4) or die;
              sub try { my ($name, $attempt) = @_;
                local $SIG{ALRM} = sub { die };
                my $said = eval { alarm 2; my $r = $attempt->(); alarm 0; $r };
                print "$name ", $@ ? "nothing" : $said, "\\n";
              }
              sub at { pack_sockaddr_in6($_[1], inet_pton(AF_INET6, "::ffff:$_[0]")) }
              sub done { $_[0] ? "open" : "$!" }
              sub fast { my ($s, $ip) = @_;
                defined(send($s, "x", $fastopen, at($ip, 8080))) or return "$!";
                recv($s, my $answer, 9, 0);
                length $answer ? "open" : "sent $!";
              }
              try("unspec", sub { done(connect($one, pack("S x14", 0))) });
              try("connect", sub { done(connect($one, at("198.51.100.2", 8080))) });
              try("bind", sub { done(bind($one, at("0.0.0.0", 8099))) });
              try("listen", sub { done(listen($one, 5)) });
              for my $family (1, 2, 10, 16, 17, 40) {
                try("socket $family", sub { done(socket(my $s, $family, SOCK_STREAM, 0)) });
                try("datagram $family", sub { done(socket(my $s, $family, SOCK_DGRAM, 0)) });
              }
              try("ring", sub { my $p = "\\0" x 120; done(syscall(425, 8, $p) >= 0) });
              my @given = grep { (readlink("/proc/self/fd/$_") // "") =~ /^socket/ } 3 .. 255;
              print "given @given\\n";
              shutdown($one, 2);
              shutdown($two, 2);
              try("connect-down", sub { done(connect($one, at("198.51.100.2", 8080))) });
              try("listen-down", sub { done(listen($one, 5)) });
              try("fast-internet", sub { fast($one, "198.51.100.2") });
              try("fast-loopback", sub { fast($one, "127.0.0.1") });
              try("fast-client", sub { fast($two, "192.168.77.2") });
              print "end\\n";
              sleep;
        permissions:
          ports:
            - {name: one, port: 81, via: Socket, from: [192.168.77.0/24]}
            - {name: two, port: 82, via: Socket, from: [192.168.77.0/24]}
      """;

  private SocketApps() {}

  /**
   * @param version that it answers with
   * @param from who may connect
   */
  static String server(String name, String version, String from) {
    return SERVER.formatted(name, version, from);
  }

  /** One that is never ready. */
  static String broken(String name, String version, String from) {
    return server(name, version, from)
        + "  health: {ready: {exec: {command: [/usr/bin/false]}}, within: 1s}\n";
  }

  static String attacker() {
    return ATTACKER;
  }

  /** Socket units of an app that systemd has up. */
  static List<String> up(VirtualDevice device, String app) {
    return device
        .exec(
            "systemctl",
            "list-units",
            "--plain",
            "--no-legend",
            "--state=active",
            "sandbar-" + app + "-*.socket")
        .orThrow()
        .lines()
        .map(line -> line.split(" ")[0])
        .toList();
  }

  /** What is found of the sockets of an app that are not as declared. */
  static List<String> drifts(VirtualDevice device, String manifest) {
    CompiledApp app = compiled(manifest);
    return Differ.app(app, observation(device, app), 257).stream()
        .map(Difference::subject)
        .filter(Subject.SideUnit.class::isInstance)
        .map(Subject::toString)
        .toList();
  }

  /** What is attested of the sockets of an app. */
  static List<Enforcement> attested(VirtualDevice device, String manifest) {
    CompiledApp app = compiled(manifest);
    return new AppAttestation(device.root(), ReferenceDevice.facts())
        .of(app, observation(device, app)).stream()
            .filter(it -> it.directive().equals("ports"))
            .map(Attested::result)
            .toList();
  }

  private static CompiledApp compiled(String manifest) {
    if (Workbench.compilation(manifest, ReferenceDevice.facts())
        instanceof Compilation.Compiled(var app, _)) {
      return app;
    }
    throw new AssertionError(manifest);
  }

  private static Observation observation(VirtualDevice device, CompiledApp app) {
    try (DbusSystemd systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
      var images = new ImageStore(device.root());
      return Observer.of(device.root(), systemd, images::verified, KnownFilters.none())
          .observe(new TreeSet<>(List.of(app.unit())), List.of(UnitName.SLICE));
    }
  }

  /** Of the last start of a socket unit. */
  static String start(VirtualDevice device, String socket) {
    return device
        .exec("systemctl", "show", "--value", "--property=InvocationID", socket)
        .orThrow()
        .strip();
  }

  /** Files of socket units of an app. */
  static String files(VirtualDevice device, String app) {
    return device
        .exec(
            "find",
            "/etc/systemd",
            "/run/systemd",
            "!",
            "-type",
            "d",
            "-path",
            "*/sandbar-" + app + "-*.socket*")
        .stdout()
        .strip();
  }
}
