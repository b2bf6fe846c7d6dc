package dev.sandbar.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A device with two services on its bus, and apps that try both: one that may call the first, one
 * that may look at processes besides, and one that may call nothing.
 */
final class BusApps {

  static final String CALLER = "bus-caller";
  static final String SNOOP = "bus-snoop";
  static final String NONE = "bus-none";

  static final String PUMP = "org.example.Pump";
  static final String VALVE = "org.example.Valve";

  /** A service that answers every call with a word, in as little of the protocol as that takes. */
  private static final String SERVICE =
      """
      cat >/usr/local/bin/bus-service <<'END'
      use Socket;
      $| = 1;
      my ($name) = @ARGV;
      socket(my $s, PF_UNIX, SOCK_STREAM, 0);
      connect($s, sockaddr_un('/run/dbus/system_bus_socket')) or die;
      sub say_ { syswrite $s, $_[0] }
      sub pad { my ($b, $n) = @_; $b . "\\0" x (-length($b) % $n) }
      sub str { pack('V/a*x', $_[0]) }
      sub field { my ($c, $t, $v) = @_; pack('C C/a* x', $c, $t) . $v }
      my $serial = 0;
      sub message {
        my ($type, $body, @fields) = @_;
        my $h = '';
        $h = pad($h, 8) . $_ for @fields;
        say_(pad(pack('aCCCVVV/a*', 'l', $type, 0, 1, length $body, ++$serial, $h), 8) . $body);
      }
      sub call {
        my ($member, $signature, $body) = @_;
        my $bus = 'org.freedesktop.DBus';
        message(1, $body, field(1, 'o', str('/org/freedesktop/DBus')), field(2, 's', str($bus)),
          field(3, 's', str($member)), field(6, 's', str($bus)),
          $signature ? field(8, 'g', pack('C/a*x', $signature)) : ());
      }
      sub take { my ($n) = @_; my $b = '';
        while (length $b < $n) { sysread($s, $b, $n - length $b, length $b) or exit } $b }
      say_("\\0AUTH EXTERNAL " . unpack('H*', $<) . "\\r\\n");
      sysread $s, my $ok, 200;
      say_("BEGIN\\r\\n");
      call('Hello', '', '');
      call('RequestName', 'su', pad(str($name), 4) . pack('V', 0));
      while (1) {
        my ($e, $type, $flags, $v, $length, $number, $all) = unpack 'aCCCVVV', take(16);
        my $h = take($all + (-$all % 8));
        take($length) if $length;
        my ($at, $sender) = (0, '');
        while ($at < $all) {
          $at += -$at % 8;
          my ($c, $t) = unpack "x$at C C/a*", $h;
          $at += 3 + length $t;
          if ($t eq 'g') { $at += 2 + unpack "x$at C", $h; next }
          $at += -$at % 4;
          my $n = unpack "x$at V", $h;
          if ($t eq 'u') { $at += 4; next }
          $sender = substr $h, $at + 4, $n if $c == 7;
          $at += 5 + $n;
        }
        message(2, str("pong $name"), field(5, 'u', pack('V', $number)), field(6, 's', str($sender)),
          field(8, 'g', pack('C/a*x', 's'))) if $type == 1;
      }
      END
      cat >/etc/systemd/system/bus-service@.service <<'END'
      [Service]
      ExecStart=/usr/bin/perl /usr/local/bin/bus-service %i
      Restart=always
      RestartSec=200ms
      StartLimitBurst=1000
      END
      cat >/etc/dbus-1/system.d/bus-service.conf <<'END'
      <busconfig>
        <policy user="root"><allow own_prefix="org.example"/></policy>
        <policy context="default"><allow send_destination_prefix="org.example"/>
          <allow send_destination="org.example.Pump"/><allow send_destination="org.example.Valve"/></policy>
      </busconfig>
      END
      systemctl daemon-reload
      systemctl start bus-service@org.example.Pump bus-service@org.example.Valve
      """;

  /** What an app does: once all of it, and then again and again the call that it may make. */
  private static final String SCRIPT =
      """
      cat >/usr/local/bin/bus-app <<'END'
      ask() { to=$1; shift; dbus-send --system --print-reply=literal --reply-timeout=8000 --dest="$to" "$@" 2>&1 | head -n 1; }
      bus() { m=$1; shift; ask org.freedesktop.DBus /org/freedesktop/DBus "org.freedesktop.DBus.$m" "$@"; }
      echo "ME $(id -u)"
      echo "PLACE $(echo /run/dbus/*)"
      echo "PUMP $(ask org.example.Pump / org.example.Any.Ping)"
      echo "VALVE $(ask org.example.Valve / org.example.Any.Ping)"
      echo "MANAGER $(ask org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.ListUnits)"
      echo "LOGIN $(ask org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager.ListSessions)"
      echo "START $(bus StartServiceByName string:org.freedesktop.hostname1 uint32:0)"
      echo "OWN $(bus RequestName string:org.example.Mine uint32:0)"
      echo "TAKE $(bus RequestName string:org.example.Pump uint32:4)"
      echo "EAVESDROP $(bus AddMatch "string:eavesdrop='true'")"
      echo "MONITOR $(bus Monitoring.BecomeMonitor array:string: uint32:0)"
      echo "NAMES $(dbus-send --system --print-reply=literal --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames 2>&1 | tr '\\n' ' ')"
      for i in 0 1 2 3 4 5 6 7 8 9; do echo "CONNECTION $(ask :1.$i / org.example.Any.Ping)"; done
      echo "OTHERS $(echo /run/sandbar-bus* /run/private* /run/systemd/private /proc/1/root/run)"
      for p in /proc/[0-9]*; do
        [ "$(cat $p/comm 2>/dev/null)" = xdg-dbus-proxy ] || continue
        ls $p/root/ >/dev/null 2>&1 && echo "FILTER root of $p"
        head -c 1 $p/mem >/dev/null 2>&1 && echo "FILTER memory of $p"
        readlink $p/fd/0 >/dev/null 2>&1 && echo "FILTER files of $p"
        cat $p/environ >/dev/null 2>&1 && echo "FILTER environment of $p"
        perl -e 'print "FILTER traced of $ARGV[0]\n" if syscall(101, 16, 0 + ($ARGV[0] =~ s,.*/,,r), 0, 0) == 0' $p
        echo "SEEN filter"
      done
      echo END
      while :; do
        echo "NOW $(ask org.example.Pump / org.example.Any.Ping)"
        sleep 0.3
      done
      END
      """;

  /** dbus-daemon, which a device starts with, does not talk to dynamic users. */
  private static final String BROKER =
      """
      ln -s /usr/lib/systemd/system/dbus-broker.service /etc/systemd/system/dbus.service
      systemctl stop dbus.service
      systemctl daemon-reload
      systemctl start dbus.service
      """;

  private BusApps() {}

  /** What the Debian package installs, the services, and the program of the apps. */
  static String preparation() throws IOException {
    return TalkingApps.units() + unit() + SERVICE + SCRIPT + OwningApps.SCRIPT;
  }

  /**
   * The same for a device whose agent runs already: nobody may have the old bus started meanwhile.
   */
  static String changeOfBus() throws IOException {
    return "systemctl stop dbus.socket dbus.service\n" + unit() + SERVICE;
  }

  /** What the Debian package installs for the bus. */
  static String unit() throws IOException {
    var text = new StringBuilder("groupadd --system sandbar-bus\n");
    for (String name : List.of("sandbard-bus@.service", "sandbard-own@.service")) {
      text.append("cat >'/etc/systemd/system/%s' <<'END'\n".formatted(name))
          .append(Files.readString(Path.of("../../packaging", name)))
          .append("END\n");
    }
    return text.append(BROKER).toString();
  }

  static Map<String, String> all() {
    var apps = new LinkedHashMap<String, String>();
    apps.put(CALLER, corrected(CALLER, "{dbus: {talk: [%s]}, state: true}".formatted(PUMP)));
    apps.put(
        SNOOP, app(SNOOP, "{dbus: {talk: [%s]}, otherApps: true, debug: true}".formatted(PUMP)));
    apps.put(NONE, app(NONE, "{unixSockets: true}"));
    return apps;
  }

  static String app(String name, String permissions) {
    return Workbench.manifest(
        name,
        "run: {command: [/usr/bin/sh, /usr/local/bin/bus-app]}\n"
            + "  permissions: %s".formatted(permissions));
  }

  /** An app that calls the pump once, with a program of systemd. */
  static String sdBus(String name, String permissions) {
    String call = "busctl --timeout=8 call %s / org.example.Any Ping 2>&1".formatted(PUMP);
    return Workbench.manifest(
        name,
        """
        run: {command: [/usr/bin/sh, -c, '%s; echo END; exec sleep infinity']}
          permissions: {dbus: {talk: [%s]}%s}
        """
            .formatted(call, PUMP, permissions));
  }

  /** An app whose drift the agent corrects. */
  static String corrected(String name, String permissions) {
    return app(name, permissions) + "\n  drift: {mode: Correct}\n";
  }
}
