package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Apps of {@link PermissionTest} that make sockets for each other: a server that leaves what it can
 * to harm who looks, a client that it lets in, one that it does not, and one that did not ask.
 */
final class TalkingApps {

  static final String SERVER = "talk-server";
  private static final String CLIENT = "talk-client";
  private static final String THIEF = "talk-thief";
  private static final String QUIET = "talk-quiet";
  private static final String FULL = "talk-full";

  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String DIRECTORY = "/run/sandbar-apps/" + SERVER;

  private static final List<String> UNITS =
      List.of(
          "sandbard-sockets@.service",
          "sandbard-sockets.target",
          "run-sandbar\\x2dapps.mount",
          "sandbard-tuning@.service");

  /** In closed mode a program of the device is perl, and no module of it opens other sockets. */
  private static final String SCRIPTS =
      """
      cat >/usr/local/bin/talk-server <<'END'
      use Socket; use POSIX;
      $| = 1;
      my $d = $ENV{RUNTIME_DIRECTORY};
      my @left = map { s,.*/,,r } glob "$d/*";
      print "LEFT @left.\\n";
      symlink '/etc/shadow', "$d/shadow"; symlink '/run/systemd/notify', "$d/notify";
      symlink '..', "$d/up"; mkfifo "$d/fifo", 0666; mkdir "$d/deep"; mkdir "$d/deep/er";
      open(my $f, '>', "$d/tool"); print $f "#!/bin/sh\\necho RAN\\n"; close $f;
      chmod 0755, "$d/tool"; print 'SUID ', (chmod(04755, "$d/tool") ? 'MADE' : "$!"), "\\n";
      print 'NODE ', (syscall(133, "$d/node", 020666, 0x0103) == 0 ? 'MADE' : "$!"), "\\n";
      print 'GONE ', (rename($d, "$d-x") ? 'MOVED' : "$!"), "\\n";
      socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
      bind($s, pack_sockaddr_un("$d/a.sock")) or die "bind $!";
      listen($s, 5) or die;
      print "LISTENING\\n";
      while (accept(my $c, $s)) { syswrite $c, "hello $$\\n"; close $c; }
      END
      cat >/usr/local/bin/talk-client <<'END'
      use Socket;
      $| = 1;
      my $d = '/run/sandbar-apps/talk-server';
      sub try {
        socket(my $s, PF_UNIX, SOCK_STREAM, 0) or return "$!";
        connect($s, pack_sockaddr_un($_[0])) or return "$!";
        return defined $_[1] ? 'OPEN' : 'got ' . <$s> =~ s/\\n//r;
      }
      my $last = '';
      my $looked;
      while (1) {
        my $now = try("$d/a.sock");
        print "$now\\n" if $now ne $last;
        $last = $now;
        if ($now =~ /^got/ && !$looked++) {
          my @sees = grep { !/^[.]+$/ } map { s,.*/,,r } glob '/run/sandbar-apps/{,.}*';
          print "SEES @sees.\\n";
          for my $l ('shadow', 'up/../../dbus/system_bus_socket', 'up/.accept') {
            print "READ $l ", (-e "$d/$l" && open(my $f, '<', "$d/$l") ? 'OPEN' : "$!"), "\\n";
          }
          print 'WRITE ', (open(my $f, '>', "$d/mine") ? 'OPEN' : "$!"), "\\n";
          print 'UNLINK ', (unlink("$d/a.sock") ? 'OPEN' : "$!"), "\\n";
          print 'EXEC ', (system("$d/tool") == 0 ? 'RAN' : "$!"), "\\n";
          for my $o ("$d/notify", '/run/dbus/system_bus_socket', '/run/systemd/private',
              '/run/systemd/journal/stdout', '/run/systemd/notify', "\\0device") {
            print 'OTHER ', $o =~ s/\\0/@/r, ' ', try($o, 1), "\\n";
          }
          print "END\\n";
        }
        select undef, undef, undef, 0.2;
      }
      END
      cat >/usr/local/bin/talk-full <<'END'
      $| = 1;
      my $n = 0;
      while (open(my $f, '>', "$ENV{RUNTIME_DIRECTORY}/$n")) { close $f; $n++; }
      print 'FULL ', ($n > 1000 && $n < 5000 ? 'after thousands' : "after $n"), ": $!\\n";
      while (1) { open(my $f, '>', "$ENV{RUNTIME_DIRECTORY}/" . $n++) or select undef, undef, undef, 0.01; }
      END
      perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0); bind($s, pack("S a*", AF_UNIX,
        "\\0device")) && listen($s, 5) or die; exit if fork; sleep' >/dev/null 2>&1 &
      """;

  private TalkingApps() {}

  /** What the Debian package installs, and the programs. */
  static String preparation() throws IOException {
    return units() + BusApps.unit() + SCRIPTS;
  }

  /** What the Debian package installs. */
  static String units() throws IOException {
    var text = new StringBuilder("groupadd --system sandbar-apps\n");
    for (String unit : UNITS) {
      text.append("cat >'/etc/systemd/system/%s' <<'END'\n".formatted(unit))
          .append(Files.readString(Path.of("../../packaging", unit)))
          .append("END\n");
    }
    return text.append("systemctl daemon-reload\n").toString();
  }

  static Map<String, String> all() {
    var apps = new LinkedHashMap<String, String>();
    apps.put(SERVER, server(CLIENT + ", " + QUIET));
    apps.put(CLIENT, client(CLIENT, "{talkTo: [talk-server]}"));
    apps.put(THIEF, client(THIEF, "{talkTo: [talk-server]}"));
    apps.put(QUIET, client(QUIET, "{acceptFrom: [talk-client]}"));
    apps.put(
        FULL,
        Workbench.manifest(
            FULL,
            "run: {command: [/usr/bin/perl, /usr/local/bin/talk-full]}\n"
                + "  permissions: {acceptFrom: [talk-client]}"));
    return apps;
  }

  private static String server(String clients) {
    return Workbench.manifest(
        SERVER,
        "run: {command: [/usr/bin/perl, /usr/local/bin/talk-server]}\n"
            + "  permissions: {acceptFrom: [%s]}".formatted(clients));
  }

  private static String client(String name, String permissions) {
    return Workbench.manifest(
        name,
        "run: {command: [/usr/bin/perl, /usr/local/bin/talk-client]}\n"
            + "  permissions: %s".formatted(permissions));
  }

  /** Who names the other and is named connects, and to that alone. */
  static void onlyNamedOnesTalk(Workbench bench) throws IOException {
    awaitSays(bench, CLIENT, "END");
    assertThat(bench.journal(SERVER).lines())
        .contains(
            "LEFT .",
            "SUID Operation not permitted",
            "NODE Operation not permitted",
            "GONE Permission denied");
    assertThat(bench.journal(CLIENT).lines())
        .contains(
            "SEES talk-server.",
            "READ shadow Permission denied",
            "READ up/../../dbus/system_bus_socket No such file or directory",
            "READ up/.accept No such file or directory",
            "WRITE Read-only file system",
            "UNLINK Read-only file system",
            "EXEC Permission denied",
            "OTHER /run/dbus/system_bus_socket No such file or directory",
            "OTHER /run/systemd/private No such file or directory",
            "OTHER /run/systemd/journal/stdout No such file or directory",
            "OTHER /run/systemd/notify No such file or directory",
            "OTHER @device Connection refused",
            "OTHER " + DIRECTORY + "/notify No such file or directory");
    for (String other : List.of(THIEF, QUIET)) {
      awaitSays(bench, other, "No such file or directory");
      assertThat(bench.journal(other)).as(other).doesNotContain("got");
    }
    assertThat(bench.problems())
        .anySatisfy(
            line -> assertThat(line).contains("'talk-server' does not list app 'talk-thief' in"))
        .anySatisfy(
            line -> assertThat(line).contains("'talk-quiet' does not list app 'talk-server' in"));
  }

  /** The server starts again, lets another one in, and is tampered with. */
  static void whatChangesReachesClients(Workbench bench) throws IOException {
    awaitSays(bench, CLIENT, "END");
    // One that makes files without end fills its own file system, and no other app's.
    awaitSays(bench, FULL, "FULL after thousands: No space left on device");
    assertThat(bench.sh("findmnt -rno SOURCE,FSTYPE,OPTIONS --mountpoint " + DIRECTORY))
        .contains("sandbar-apps tmpfs rw,nosuid,nodev,noexec", "size=1024k", "nr_inodes=4096");
    assertThat(bench.differences(FULL)).isEmpty();
    String client = mainPid(bench, CLIENT);
    for (String how : List.of("systemctl restart", "systemctl kill --signal=KILL")) {
      bench.sh(how + " sandbar-talk-server.service");
      awaitTalk(bench);
    }
    assertThat(mainPid(bench, CLIENT)).isEqualTo(client);
    assertThat(bench.journal(SERVER).lines().filter(line -> line.startsWith("LEFT")))
        .hasSizeGreaterThan(2)
        .containsOnly("LEFT .");

    bench.sh(
        "chmod 2777 %1$s; ln -s %1$s /run/sandbar-apps/.accept/talk-server/talk-x"
            .formatted(DIRECTORY));
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(bench.differences(SERVER))
                    .extracting(Object::toString)
                    .anySatisfy(it -> assertThat(it).contains("2777 root sandbar-apps"))
                    .anySatisfy(it -> assertThat(it).contains("talk-server/talk-x")));
    bench.sh("systemctl restart sandbar-talk-server.service");
    await().atMost(LIMIT).untilAsserted(() -> assertThat(bench.differences(SERVER)).isEmpty());

    bench.withdraw(FULL);
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(bench.sh("findmnt -rno TARGET; ls /etc/systemd/system"))
                    .contains(DIRECTORY)
                    .doesNotContain(FULL, "talk\\x2dfull"));

    bench.declare(Map.of(SERVER, server(THIEF)));
    awaitSays(bench, THIEF, "got hello");
    awaitSays(bench, CLIENT, "LAST No such file or directory");
    assertThat(bench.differences(CLIENT)).isEmpty();

    bench.declare(all());
    awaitSays(bench, CLIENT, "LAST got hello");
    awaitSays(bench, THIEF, "LAST No such file or directory");
  }

  /** The client has reached the server that runs now. */
  private static void awaitTalk(Workbench bench) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(
            () -> assertThat(last(bench, CLIENT)).isEqualTo("got hello " + mainPid(bench, SERVER)));
  }

  /** How it went when the app tried last. */
  private static String last(Workbench bench, String app) {
    var lines = new ArrayList<>(bench.journal(app).lines().toList());
    lines.removeIf(line -> !line.matches("got.*|No such.*|Connection.*"));
    return lines.isEmpty() ? "" : lines.getLast();
  }

  private static String mainPid(Workbench bench, String app) {
    return bench
        .sh("systemctl show --value --property=MainPID sandbar-%s.service".formatted(app))
        .strip();
  }

  private static void awaitSays(Workbench bench, String app, String what) {
    boolean isLast = what.startsWith("LAST ");
    String text = isLast ? what.substring(5) : what;
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(
            () ->
                assertThat(isLast ? last(bench, app) : bench.journal(app)).as(app).contains(text));
  }
}
