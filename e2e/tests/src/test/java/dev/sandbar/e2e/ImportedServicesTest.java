package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.convert.Converted;
import dev.sandbar.core.convert.UnitConverter;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.source.text.YamlWriter;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Services that go to the background, and that take a name on the bus, imported and run. */
class ImportedServicesTest {

  /** As daemons do: two forks, a file with the number of the one that stays, and a port. */
  private static final String FORKING =
      """
      use POSIX; use Socket;
      $| = 1;
      my ($version) = @ARGV;
      if ($version eq 'bad') { print "NO SETTINGS\\n"; exit 3 }
      if ($version ne 'foreground') {
        pipe(my $in, my $out);
        if (fork) { close $out; sysread($in, my $up, 1) or exit 4; exit 0 }
        POSIX::setsid();
        exit 0 if fork;
        open(my $file, '>', '/run/forkd.pid') or die; print $file "$$\\n"; close $file;
        syswrite $out, 'x'; close $out;
      }
      $SIG{HUP} = sub { print "RELOAD\\n" };
      $SIG{TERM} = sub { print "STOPPING\\n"; exit 0 };
      socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
      setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
      bind($s, pack_sockaddr_in(7070, INADDR_ANY)) or die; listen($s, 5) or die;
      print "UP $version\\n";
      POSIX::_exit(5) if $version eq 'falls' && sleep 1;
      sleep 1 while 1;
      """;

  private static final String FORKING_UNIT =
      """
      [Unit]
      Description=A daemon of the old kind
      [Service]
      Type=forking
      PIDFile=/run/forkd.pid
      ExecStart=/usr/bin/perl /usr/local/lib/forkd %s
      ExecReload=/bin/kill -HUP $MAINPID
      Restart=on-failure
      TimeoutStartSec=30
      [Install]
      WantedBy=multi-user.target
      """;

  /** Says hello, asks for its name, and reads what comes. */
  private static final String ON_THE_BUS =
      """
      use Socket;
      $| = 1;
      socket(my $s, PF_UNIX, SOCK_STREAM, 0);
      connect($s, sockaddr_un('/run/dbus/system_bus_socket')) or die;
      sub pad { my ($b, $n) = @_; $b . "\\0" x (-length($b) % $n) }
      sub str { pack('V/a*x', $_[0]) }
      sub field { my ($c, $t, $v) = @_; pack('C C/a* x', $c, $t) . $v }
      my $serial = 0;
      sub call {
        my ($member, $signature, $body) = @_;
        my $bus = 'org.freedesktop.DBus';
        my $h = '';
        $h = pad($h, 8) . $_ for field(1, 'o', str('/org/freedesktop/DBus')),
          field(2, 's', str($bus)), field(3, 's', str($member)), field(6, 's', str($bus)),
          $signature ? field(8, 'g', pack('C/a*x', $signature)) : ();
        syswrite $s, pad(pack('aCCCVVV/a*', 'l', 1, 0, 1, length $body, ++$serial, $h), 8) . $body;
      }
      syswrite $s, "\\0AUTH EXTERNAL " . unpack('H*', $<) . "\\r\\n";
      sysread $s, my $ok, 200;
      syswrite $s, "BEGIN\\r\\n";
      call('Hello', '', '');
      call('RequestName', 'su', pad(str($ARGV[0]), 4) . pack('V', 0));
      print "UP\\n";
      1 while sysread $s, my $any, 4096;
      """;

  private static final String NAME = "com.example.Imported";

  private static final String BUS_UNIT =
      """
      [Service]
      Type=dbus
      BusName=com.example.Imported
      ExecStart=/usr/bin/perl /usr/local/lib/bus-owner %s
      Restart=on-failure
      TimeoutStartSec=15
      """;

  private static final String BUS_POLICY =
      """
      <busconfig>
        <policy user="root"><allow own_prefix="com.example"/></policy>
      </busconfig>
      """;

  private static Converted converted(String app, String unit, Mode mode) {
    return UnitConverter.convert(
        UnitFile.read(unit), new AppName(app), app, mode, Map.of(), _ -> Optional.empty());
  }

  private static String open(String app, String unit) {
    Converted converted = converted(app, unit, Mode.OPEN);
    assertThat(converted.left()).isEmpty();
    return YamlWriter.write(converted.manifest());
  }

  private static String forking(String version) {
    return open("fork", FORKING_UNIT.formatted(version))
        + "\n  health: {ready: {tcp: {port: 7070}}, within: 20s, settle: 3s}\n";
  }

  @Test
  void whatForksAndWhatTakesANameRunsAsBefore(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("fork.yaml", forking("good"))
            .commit("bus.yaml", open("bus", BUS_UNIT.formatted(NAME)));
    try (var device = VirtualDevice.named("imported").suite(Suite.TRIXIE).boot()) {
      device.write("/usr/local/lib/forkd", FORKING);
      device.write("/usr/local/lib/bus-owner", ON_THE_BUS);
      device.write("/etc/dbus-1/system.d/imported.conf", BUS_POLICY);
      device.exec("systemctl", "reload", "dbus.service").orThrow();
      try (var loop =
          DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(1)))) {
        Apps.awaitReady(loop, "fork", "bus");
        theMainProcessIsTheOneThatStays(device);
        comesBack(device, loop);
        aBadVersionIsRolledBack(device, loop, repository);
        closedRunsInTheForeground(device, loop, repository);
      }
    }
  }

  private static void theMainProcessIsTheOneThatStays(VirtualDevice device) {
    assertThat(Apps.pid(device, "fork"))
        .isEqualTo(device.exec("cat", "/run/forkd.pid").orThrow().strip())
        .isNotEqualTo("0");
    assertThat(device.exec("busctl", "status", NAME).orThrow())
        .contains("PID=" + Apps.pid(device, "bus"));
  }

  private static void comesBack(VirtualDevice device, DeviceLoop loop) {
    Apps.awaitNoDrift(loop, "fork");
    Apps.awaitNoDrift(loop, "bus");
    device.exec("systemctl", "reload", Apps.unit("fork")).orThrow();
    await().atMost(Apps.SOON).until(() -> journal(device, "fork").contains("RELOAD"));
    for (String app : new String[] {"fork", "bus"}) {
      String pid = Apps.pid(device, app);
      device.exec("kill", "-KILL", pid).orThrow();
      await().atMost(Apps.SOON).until(() -> !Apps.pid(device, app).matches("0|" + pid));
      Apps.awaitReady(loop, app);
    }
    await().atMost(Apps.SOON).untilAsserted(() -> theMainProcessIsTheOneThatStays(device));
    Apps.awaitNoDrift(loop, "fork");
    Apps.awaitNoDrift(loop, "bus");
  }

  /** One that never gets to the background, one that falls there, one that takes another name. */
  private static void aBadVersionIsRolledBack(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    for (var version : Map.of("bad", "ended with exit code 3", "falls", "status 5").entrySet()) {
      repository.commit("fork.yaml", forking(version.getKey()));
      awaitRolledBack(loop, "fork", version.getValue());
      assertThat(Apps.show(device, "fork", "ExecStart")).contains("forkd good");
      await().atMost(Apps.SOON).untilAsserted(() -> theMainProcessIsTheOneThatStays(device));
      repository.commit("fork.yaml", forking("good"));
      Apps.awaitApplied(loop, repository, "fork");
    }
    repository.commit("bus.yaml", open("bus", BUS_UNIT.formatted("com.example.Another")));
    awaitRolledBack(loop, "bus", "did not start in time");
    await().atMost(Apps.SOON).untilAsserted(() -> theMainProcessIsTheOneThatStays(device));
  }

  private static void awaitRolledBack(DeviceLoop loop, String app, String why) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> assertThat(loop.why(app, "Ready")).as(app).contains("RolledBack", why));
  }

  /** In Closed mode its pid file is named, and the program runs as the help says. */
  private static void closedRunsInTheForeground(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    String pid = Apps.pid(device, "fork");
    repository.write("bus.yaml", open("bus", BUS_UNIT.formatted(NAME)));
    repository.remove("fork.yaml");
    Apps.awaitRemoved(loop, device, "fork");
    assertThat(journal(device, "fork")).endsWith("STOPPING");
    assertThat(device.exec("kill", "-0", pid).ok()).isFalse();

    Converted closed =
        converted(
            "closed",
            FORKING_UNIT
                .formatted("foreground\nSocketBindDeny=any\nSocketBindAllow=tcp:7070")
                .replace("Type=forking", "Type=exec"),
            Mode.CLOSED);
    assertThat(closed.left())
        .anySatisfy(it -> assertThat(it.what() + it.help()).contains("PIDFile=", "foreground"));
    repository.commit("closed.yaml", YamlWriter.write(closed.manifest()));
    Apps.awaitReady(loop, "closed", "bus");
    assertThat(Apps.show(device, "closed", "Type")).isEqualTo("exec");
    assertThat(journal(device, "closed")).contains("UP foreground");
    Apps.awaitNoDrift(loop, "closed");
  }

  private static String journal(VirtualDevice device, String app) {
    return device
        .exec("journalctl", "-u", Apps.unit(app), "-t", app, "-o", "cat", "--no-pager")
        .stdout()
        .strip();
  }
}
