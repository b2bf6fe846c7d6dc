package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.RunningProgram;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A learned spec that is tried in the place of its service, which always comes back. */
class TriedSpecTest {

  private static final Duration SOON = Duration.ofSeconds(60);

  /** What must be as it was when the service runs again. */
  private static final String PROPERTIES =
      "ActiveState,SubState,LoadState,FragmentPath,DropInPaths,UnitFileState,User,Slice,Restart,"
          + "NeedDaemonReload,Result,NRestarts";

  /** A server that keeps something. It asks for links when it starts, where that is a file. */
  private static final String METER =
      """
      use Socket;
      $| = 1;
      if (-e '/etc/meter/links') {
        socket(my $n, 16, SOCK_RAW, 0) or die "netlink: $!";
      }
      socket(my $s, PF_INET, SOCK_STREAM, 0) or die $!;
      setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
      bind($s, sockaddr_in(8088, INADDR_ANY)) or die "bind: $!";
      listen($s, 5) or die $!;
      while (1) {
        open(my $p, '>', '/run/meter/pid') or die "pid: $!";
        close($p);
        open(my $f, '>', $ARGV[0]) or die "level: $!";
        print $f "1";
        close($f);
        select(undef, undef, undef, 0.2);
      }
      """;

  /**
   * As an app it reports to systemd that it needs an hour more to end, and ends for no signal but
   * SIGKILL.
   */
  private static final String HOSTILE =
      """
      use Socket;
      my $app = exists $ENV{SANDBAR_GENERATION};
      if ($app) {
        $SIG{$_} = 'IGNORE' for qw(TERM INT HUP ABRT);
        fork();
      }
      socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die $!;
      my $to = pack_sockaddr_un($ENV{NOTIFY_SOCKET});
      send($s, "READY=1", 0, $to);
      while (1) {
        send($s, "EXTEND_TIMEOUT_USEC=3600000000", 0, $to) if $app;
        select(undef, undef, undef, 0.2);
      }
      """;

  @TempDir private Path folder;

  @Test
  void theServiceComesBackWhateverBecomesOfTheTrial() throws Exception {
    GitRepository repository = GitRepository.create(folder.resolve("fleet"));
    repository.commit("waiting.yaml", Apps.waiting("waiting"));
    Path log = folder.resolve("agent.log");
    try (VirtualDevice device = ChildJvm.shown(VirtualDevice.named("trying")).boot()) {
      install(device);
      refusesWhatCannotBePutBack(device);
      runsAsLearned(device);
      failsWithItsReasons(device);
      refusesWhatTheOwnerDenies(device);
      try (var agent = AgentProcess.start(device.pid(), repository, log)) {
        await().atMost(SOON).until(() -> isActive(device, Apps.unit("waiting")));
        killed(device, agent, repository, log);
      }
      losesPower(device);
    }
  }

  @Test
  void aHostileProgramDoesNotStay() throws Exception {
    try (VirtualDevice device = hostile()) {
      String begun = show(device, "hostile", "MainPID");
      try (var command = inTrial(device, "hostile", "hostile --for 1s --try --try-for 60s")) {
        command.signal("TERM");
        assertThat(command.await(SOON)).hasValue(143);
      }
      assertThat(isActive(device, "hostile")).isTrue();
      assertThat(show(device, "hostile", "MainPID")).isNotEqualTo(begun);
      nothingIsLeft(device);
    }
  }

  /** It has its time prolonged, and only the timer ends it. */
  @Test
  @Tag("nightly")
  void aHostileProgramDoesNotStayWhereNobodyEndsIt() throws Exception {
    try (VirtualDevice device = hostile()) {
      try (var command = inTrial(device, "hostile", "hostile --for 1s --try --try-for 1s")) {
        command.signal("KILL");
      }
      assertThat(show(device, "sandbar.trial-hostile", "MainPID")).isNotEqualTo("0");
      await().atMost(SOON).until(() -> isActive(device, "hostile"));
      assertThat(isActive(device, "sandbar.trial-hostile")).isFalse();
    }
  }

  private static VirtualDevice hostile() {
    VirtualDevice device = ChildJvm.shown(VirtualDevice.named("hostile")).boot();
    device.write("/usr/local/bin/hostile", "#!/usr/bin/perl\n" + HOSTILE);
    device.exec("chmod", "755", "/usr/local/bin/hostile").orThrow();
    device.write(
        "/etc/systemd/system/hostile.service",
        "[Service]\nType=notify\nExecStart=/usr/local/bin/hostile\n");
    start(device, "hostile");
    return device;
  }

  private static void install(VirtualDevice device) {
    device.write("/usr/local/bin/meter", "#!/usr/bin/perl\n" + METER);
    device.exec("chmod", "755", "/usr/local/bin/meter").orThrow();
    device.write(
        "/etc/systemd/system/meter.service",
        """
        [Service]
        ExecStart=/usr/local/bin/meter /var/lib/meter/level
        StateDirectory=meter
        RuntimeDirectory=meter
        Restart=on-failure
        [Install]
        WantedBy=multi-user.target
        """);
    start(device, "meter");
    device.exec("systemctl", "enable", "meter").orThrow();
  }

  private static void start(VirtualDevice device, String service) {
    device.exec("systemctl", "daemon-reload").orThrow();
    device.exec("systemctl", "start", service).orThrow();
  }

  private static void refusesWhatCannotBePutBack(VirtualDevice device) {
    String begun = show(device, "meter", "MainPID");
    device.write(
        "/etc/systemd/system/display.service",
        "[Unit]\nRequires=meter.service\n[Service]\nExecStart=/usr/bin/sleep 1000\n");
    start(device, "display");
    CommandResult refused = learn(device, "meter --for 1h --try");
    assertThat(refused.exitCode()).isOne();
    assertThat(joined(refused.stderr()))
        .contains("meter.service is needed by display.service, which would stop with it");
    device.exec("systemctl", "stop", "display").orThrow();
    device.exec("rm", "/etc/systemd/system/display.service").orThrow();
    device.exec("systemctl", "daemon-reload").orThrow();
    assertThat(show(device, "meter", "MainPID")).isEqualTo(begun);
  }

  private static void runsAsLearned(VirtualDevice device) {
    String before = show(device, "meter", PROPERTIES);
    String pid = show(device, "meter", "MainPID");
    CommandResult tried = learn(device, "meter --restart --for 2s --try --try-for 3s");
    String said = joined(tried.stderr());
    assertThat(tried.exitCode()).as(said).isZero();
    assertThat(tried.stdout())
        .contains("name: meter", "port: 8088", "runtimeDirectories:\n      - meter");
    assertThat(said)
        .contains(
            "note: meter.service is stopped now, and the spec runs in its place for 3 seconds",
            "note: the spec passed its trial: it stayed up and listened as meter.service does",
            "note: meter.service runs again");
    assertThat(show(device, "meter", PROPERTIES)).isEqualTo(before);
    assertThat(show(device, "meter", "MainPID")).isNotEqualTo(pid);
    assertThat(device.exec("journalctl", "-u", "sandbar.trial-meter").stdout())
        .contains("Sandbar tries meter in the place of meter.service");
    nothingIsLeft(device);
  }

  /** What it does when it starts was not learned. */
  private static void failsWithItsReasons(VirtualDevice device) {
    device.write("/etc/meter/links", "");
    CommandResult tried = learn(device, "meter --for 1s --try --try-for 5s");
    String said = joined(tried.stderr());
    assertThat(tried.exitCode()).as(said).isEqualTo(2);
    assertThat(said)
        .contains(
            "note: the spec failed its trial: it did not stay up",
            "its sandbox refused:",
            "permissions: {networkStatus: true}",
            "note: meter.service runs again");
    assertThat(isActive(device, "meter")).isTrue();
    nothingIsLeft(device);
    device.exec("rm", "/etc/meter/links").orThrow();
  }

  private static void refusesWhatTheOwnerDenies(VirtualDevice device) {
    String pid = show(device, "meter", "MainPID");
    device.write(
        "/etc/sandbar/agent.yaml",
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AgentConfig
        policy: {permissions: {deny: [ports]}}
        """);
    CommandResult tried = learn(device, "meter --for 1s --try -o json");
    assertThat(tried.exitCode()).isOne();
    assertThat(tried.stdout())
        .contains(
            "\"manifest\"",
            "\"outcome\": \"REFUSED\"",
            "permissions.ports is denied by the policy of this device",
            "change policy: in /etc/sandbar/agent.yaml");
    assertThat(show(device, "meter", "MainPID")).isEqualTo(pid);
    device.exec("rm", "/etc/sandbar/agent.yaml").orThrow();
  }

  /** The command is killed, and the agent is killed and starts again. */
  private static void killed(
      VirtualDevice device, AgentProcess agent, GitRepository repository, Path log)
      throws Exception {
    try (var command = inTrial(device, "meter", "meter --restart --for 2s --try --try-for 8s")) {
      command.signal("KILL");
    }
    agent.close();
    String pid = show(device, "sandbar.trial-meter", "MainPID");
    long size = Files.size(log);
    try (var _ = AgentProcess.start(device.pid(), repository, log)) {
      await().atMost(SOON).until(() -> Files.size(log) > size);
      // Nobody else has ended it, and it ends.
      assertThat(show(device, "sandbar.trial-meter", "MainPID")).isEqualTo(pid);
      await().atMost(SOON).until(() -> isActive(device, "meter"));
      assertThat(isActive(device, "sandbar.trial-meter")).isFalse();
      assertThat(isActive(device, "sandbar.trial-meter.timer")).isFalse();
    }
    assertThat(Files.readString(log)).doesNotContain("trial-meter");
  }

  private static void losesPower(VirtualDevice device) throws Exception {
    var command = inTrial(device, "meter", "meter --restart --for 2s --try --try-for 60s");
    try (command) {
      device.powerCut();
    }
    device.boot();
    await().atMost(SOON).until(() -> isActive(device, "meter"));
    assertThat(device.exec("systemctl", "list-units", "--all", "--no-legend").stdout())
        .doesNotContain("sandbar.trial");
    // What it kept goes with the next trial.
    CommandResult tried = learn(device, "meter --restart --for 2s --try --try-for 1s");
    assertThat(tried.exitCode()).as(tried.stderr()).isZero();
    nothingIsLeft(device);
  }

  /** The command, when the trial runs. */
  private static RunningProgram inTrial(VirtualDevice device, String app, String line)
      throws IOException {
    ChildClasses.record(device, ChildJvm.SHOWN);
    RunningProgram command = device.start(DeviceCli.command("learn " + line), Map.of());
    await()
        .atMost(SOON)
        .until(() -> !command.running() || isActive(device, "sandbar.trial-" + app));
    if (!command.running()) {
      throw new AssertionError(new String(command.stderr().readAllBytes(), StandardCharsets.UTF_8));
    }
    assertThat(isActive(device, app)).isFalse();
    return command;
  }

  private static void nothingIsLeft(VirtualDevice device) {
    assertThat(device.exec("systemctl", "list-units", "--all", "--no-legend").stdout())
        .doesNotContain("sandbar.trial");
    for (String place :
        List.of(
            "/run/systemd/system",
            "/var/lib",
            "/var/lib/private",
            "/run/sandbar-trial",
            "/run/sandbar-runtime")) {
      assertThat(device.exec("ls", place).stdout()).as(place).doesNotContain("trial-");
    }
  }

  private static boolean isActive(VirtualDevice device, String unit) {
    return device.exec("systemctl", "is-active", unit).stdout().equals("active\n");
  }

  private static String show(VirtualDevice device, String unit, String properties) {
    return device.exec("systemctl", "show", unit, "--value", "-p", properties).stdout().strip();
  }

  private static CommandResult learn(VirtualDevice device, String line) {
    return DeviceCli.run(device, Duration.ofSeconds(120), "learn " + line);
  }

  private static String joined(String text) {
    return text.replaceAll("\\s+", " ");
  }
}
