package dev.sandbar.e2e;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Apps that ask the agent to do something: one for everything, one for the name of the device, and
 * one that is granted nothing. They do what stands in a volume, line by line.
 */
final class BrokerApps {

  static final String ALL = "asks-all";
  static final String NAMES = "asks-names";
  static final String NONE = "asks-none";

  /** Where the orders of each app are on the device. */
  static final String ORDERS = "/srv/orders";

  private static final String SCRIPT =
      """
      cat >/usr/local/bin/asker <<'END'
      use Socket;
      $| = 1;
      $SIG{PIPE} = 'IGNORE';
      my ($name) = @ARGV;
      my $path = $ENV{SANDBAR_AGENT_SOCKET} // '/run/sandbar-agent/agent.sock';
      sub dial {
        socket(my $s, PF_UNIX, SOCK_STREAM, 0) or return;
        connect($s, pack_sockaddr_un($path)) or return;
        return $s;
      }
      sub reply {
        my ($s) = @_;
        my $all = '';
        while (sysread $s, my $more, 4096) { $all .= $more }
        my ($status) = $all =~ m{^HTTP/1.1 (\\d+)};
        my ($body) = $all =~ /\\r\\n\\r\\n(.*)/s;
        $body =~ s/\\n/ /g;
        return ($status // 'nothing') . ' ' . $body =~ s/ $//r;
      }
      sub ask { my ($raw) = @_; my $s = dial() or return "$!"; syswrite $s, $raw; return reply($s) }
      sub post {
        my ($verb, $body) = @_;
        return ask("POST /v1/$verb HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: " . length($body) . "\\r\\n\\r\\n$body");
      }
      my %done;
      my @held;
      while (1) {
        my @lines;
        if (open(my $file, '<', "/orders/$name")) { @lines = <$file> }
        for (@lines) {
          chomp; my ($number, $word, $verb, $body) = split ' ', $_, 4;
          next if $done{$number}++;
          my $said = $word eq 'post' ? post($verb, $body // '')
            : $word eq 'list' ? ask("GET /v1 HTTP/1.1\\r\\n\\r\\n")
            : $word eq 'big' ? ask('A' x (10 << 20))
            : $word eq 'hold' ? do { push @held, dial() for 1 .. 16; 'held' }
            : $word eq 'flood' ? do { my %n; $n{(post($verb, $body // '') =~ /^(\\w+)/)[0]}++ for 1 .. 60; join ' ', sort keys %n }
            : $word eq 'see' ? join(' ', 'sees', sort map { s,.*/,,r } glob '/run/sandbar-agent/*')
            : $word eq 'write' ? (open(my $x, '>', '/run/sandbar-agent/x') ? 'OPEN' : "$!") . ' ' . (unlink($path) ? 'OPEN' : "$!")
            : '';
          print "$number: $said\\n";
        }
        select undef, undef, undef, 0.2;
      }
      END
      mkdir -p /srv/orders
      chmod 755 /srv/orders
      """;

  /** A restart that is only noted, and a clock that nobody has: neither may reach this machine. */
  private static final String NOTED =
      """
      rm -f /usr/lib/systemd/systemd-timedated
      systemctl mask --quiet systemd-timedated.service dbus-org.freedesktop.timedate1.service
      cat >/etc/systemd/system/reboot.target <<'END'
      [Unit]
      Description=A restart that is only noted
      Wants=noted-restart.service
      END
      cat >/etc/systemd/system/noted-restart.service <<'END'
      [Service]
      ExecStart=/usr/bin/sh -c 'echo noted >>/run/restarts'
      END
      systemctl daemon-reload
      systemctl start bus-service@org.freedesktop.timedate1
      """;

  private BrokerApps() {}

  /**
   * What the Debian package installs, the program of the apps, and what stands in for the device.
   */
  static String preparation() throws IOException {
    String service =
        BusApps.preparation()
            .replace(
                "take($length) if $length;",
                "print 'BODY ', unpack('H*', take($length)), \"\\n\" if $length;");
    return service + SCRIPT + NOTED;
  }

  /** What apps need that ask for nothing that the device has a service for. */
  static String script() throws IOException {
    return TalkingApps.units() + SCRIPT;
  }

  static Map<String, String> volumes() {
    return Map.of("orders", ORDERS);
  }

  static Map<String, String> all() {
    var apps = new LinkedHashMap<String, String>();
    apps.put(ALL, app(ALL, "reboot: true, hostname: true, clock: true"));
    apps.put(NAMES, app(NAMES, "hostname: true"));
    apps.put(NONE, app(NONE, "unixSockets: true"));
    return apps;
  }

  static String app(String name, String permissions) {
    return Workbench.manifest(
        name,
        """
        run: {command: [/usr/bin/perl, /usr/local/bin/asker, %s]}
          permissions: {%s, storage: [{source: orders, mountPath: /orders}]}
        """
            .formatted(name, permissions));
  }

  /** A script that gives an app something to do. */
  static String order(String app, List<String> orders) {
    return orders.stream()
        .map(it -> "echo '%s' >>%s/%s\n".formatted(it, ORDERS, app))
        .collect(Collectors.joining());
  }
}
