package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** How apps start, say how they are, and stop: {@code run} beside its command. */
class StartAndStopTest {

  /** Perl belongs to every Debian, and speaks over Unix sockets. */
  private static final String PROGRAM =
      """
              #!/usr/bin/perl
              use Socket;
              $| = 1;
              my $path = $ENV{NOTIFY_SOCKET} // die "no socket is named";
              $path =~ s/^@/\\0/;
              socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "no socket: $!";
              sub tell_ { send($socket, $_[0], 0, pack_sockaddr_un($path)) or print "UNHEARD $!\\n" }
              $SIG{USR1} = sub { print "STOPPING\\n"; exit 0 };
              print "STARTING\\n";
              select(undef, undef, undef, 0.5);
              print "UP\\n";
              tell_("READY=1\\nSTATUS=well");
              tell_("MAINPID=1\\nFDSTORE=1");
              while (1) {
                tell_("WATCHDOG=1") unless -e "$ENV{STATE_DIRECTORY}/silent";
                select(undef, undef, undef, 0.2);
              }
      """;

  private static final String ALIVE =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: alive}
      spec:
        run:
          command: [/run/alive/start]
          type: Notify
          watchdog: 5s
          preStart:
            - [/bin/sh, -c, 'echo PRE $(id -u | grep -c ^0$); cat /etc/shadow && echo OPEN; touch /etc/x && echo OPEN; true']
            - [/bin/sh, -c, 'rm -f "$STATE_DIRECTORY/silent"; echo PRE 2']
          postStart: [[/bin/sh, -c, 'echo POST']]
          reload: [[/bin/sh, -c, 'echo RELOAD']]
          preStop: [[/bin/sh, -c, 'echo PRESTOP']]
          postStop: [[/bin/sh, -c, 'echo POSTSTOP']]
          stopSignal: SIGUSR1
          after: [first, dbus.service, late.service]
        permissions: {unixSockets: true, state: true}
        drift: {mode: Correct}
        files:
          - path: /run/alive/start
            mode: "0555"
            content: |
      """;

  /** What each of its commands sees in its directories below /run, and what they hold. */
  private static final String DIRECTORIES =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: run-dirs}
      spec:
        run:
          command: [/bin/sh, -c, 'echo START $RUNTIME_DIRECTORY $(cat /run/mine/pre); echo 2 > /run/mine.too/main; exec sleep infinity']
          runtimeDirectories: [mine, mine.too]
          preStart:
            - [/bin/sh, -c, 'ls -A /run/mine /run/mine.too; echo 1 > "${RUNTIME_DIRECTORY%%:*}/pre"; echo PRE']
            - [/bin/sh, -c, 'cp /bin/true /run/mine/true && chmod 755 /run/mine/true && /run/mine/true && echo OPEN; true']
            - [/bin/sh, -c, 'cp /bin/sh /run/mine/full; head -c 2M /dev/zero > /run/mine.too/full && echo OPEN; rm -f /run/mine*/full; true']
            - [/bin/sh, -c, 'echo > /run/other && echo OPEN; mkdir /run/sandbar-runtime/x && echo OPEN; true']
          reload: [[/bin/sh, -c, 'echo RELOAD $(cat /run/mine/pre /run/mine.too/main)']]
          postStop: [[/bin/sh, -c, 'echo POSTSTOP $(cat /run/mine.too/main)']]
        health: {ready: {exec: {command: [/bin/sh, -c, 'test -s /run/mine/pre && test -s /run/mine.too/main']}}}
      """;

  private static final String LATE =
      """
      [Unit]
      After=multi-user.target
      [Service]
      ExecStart=/bin/sleep infinity
      [Install]
      WantedBy=multi-user.target
      """;

  private static final String NEVER_READY =
      Apps.manifest(
          "never-ready",
          "run: {command: [/bin/sleep, infinity], type: Notify}, permissions: {unixSockets: true}, directives: {TimeoutStartSec: 3s}");

  private static final String FAILS_BEFORE =
      Apps.manifest(
          "fails-before", "run: {command: [/bin/sleep, infinity], preStart: [[/bin/false]]}");

  @ParameterizedTest
  @OnEachSystemd
  void anAppStartsAndStopsAsItsSpecSays(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("first.yaml", Apps.waiting("first"))
            .write("never.yaml", NEVER_READY)
            .write("before.yaml", FAILS_BEFORE)
            .write("directories.yaml", DIRECTORIES)
            .commit("alive.yaml", ALIVE + PROGRAM);
    try (var device = VirtualDevice.named("start").suite(suite).boot()) {
      device.write("/etc/systemd/system/late.service", LATE);
      device.exec("systemctl", "enable", "late.service").orThrow();
      run(device, repository);
    }
  }

  private static void run(VirtualDevice device, GitRepository repository) throws Exception {
    try (var loop =
        DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(1)))) {
      Apps.awaitReady(loop, "first", "alive", "run-dirs");
      // systemd would start one unit less at the next boot, and it might not be the app.
      assertThat(device.exec("systemd-analyze", "verify", "multi-user.target").stderr())
          .doesNotContain("ordering cycle");
      assertThat(said(device)).containsSubsequence("PRE 0", "PRE 2", "STARTING", "UP", "POST");
      assertThat(said(device)).doesNotContain("OPEN").noneMatch(line -> line.startsWith("UNHEARD"));
      assertThat(Apps.show(device, "alive", "NotifyAccess")).isEqualTo("main");
      assertThat(Apps.show(device, "alive", "WatchdogUSec")).isEqualTo("5s");
      assertThat(Apps.show(device, "alive", "NFileDescriptorStore")).isEqualTo("0");
      assertThat(Apps.show(device, "alive", "After")).contains("sandbar-first.service");
      assertThat(Apps.pid(device, "alive")).as("what it says of its process").isNotEqualTo("1");
      Apps.awaitNoDrift(loop, "alive");

      device.exec("systemctl", "reload", Apps.unit("alive")).orThrow();
      // What a command wrote reaches the journal by itself, and may do so after the job has ended.
      await().atMost(Apps.SOON).untilAsserted(() -> assertThat(said(device)).contains("RELOAD"));
      Apps.awaitNoDrift(loop, "alive");

      directories(device, loop, repository);
      silent(device, loop);
      notStarted(loop);
      String pid = Apps.pid(device, "alive");
      repository.remove("alive.yaml");
      Apps.awaitRemoved(loop, device, "alive");
      assertThat(said(device)).endsWith("PRESTOP", "STOPPING", "POSTSTOP");
      assertThat(device.exec("kill", "-0", pid).ok()).isFalse();
    }
  }

  private static void directories(VirtualDevice device, DeviceLoop loop, GitRepository repository)
      throws Exception {
    String app = "run-dirs";
    assertThat(said(device, app))
        .containsSubsequence("PRE", "START /run/mine:/run/mine.too 1")
        .doesNotContain("OPEN", "pre", "main");
    device.exec("systemctl", "reload", Apps.unit(app)).orThrow();
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(said(device, app)).contains("RELOAD 1 2"));
    Apps.awaitNoDrift(loop, app);
    // Its health check has run and ended by now, and took nothing away.
    assertThat(device.exec("stat", "-c", "%a", "/run/sandbar-runtime/run-dirs/mine").orThrow())
        .isEqualTo("700");
    String other = Apps.pid(device, "first");
    for (String path : List.of("/run/mine", "/run/sandbar-runtime/run-dirs")) {
      assertThat(device.exec("nsenter", "-t", other, "-m", "test", "-e", path).ok()).isFalse();
    }
    device.exec("systemctl", "restart", Apps.unit(app)).orThrow();
    Apps.awaitReady(loop, app);
    assertThat(said(device, app)).contains("POSTSTOP 2").doesNotContain("OPEN", "pre", "main");
    repository.remove("directories.yaml");
    Apps.awaitRemoved(loop, device, app);
    assertThat(device.exec("findmnt", "/run/sandbar-runtime/run-dirs").ok()).isFalse();
    assertThat(device.exec("ls", "-A", "/run/sandbar-runtime/run-dirs").stdout()).isEmpty();
    assertThat(device.exec("sh", "-c", "ls /etc/systemd/system /run/systemd/system").stdout())
        .doesNotContain("sandbar\\x2druntime");
  }

  /** systemd ends what says nothing for too long, and starts it again; that is no drift. */
  private static void silent(VirtualDevice device, DeviceLoop loop) throws Exception {
    String pid = Apps.pid(device, "alive");
    device.exec("sh", "-ec", "touch /var/lib/private/sandbar-alive/silent").orThrow();
    await().atMost(Apps.SOON).until(() -> !List.of(pid, "0").contains(Apps.pid(device, "alive")));
    Apps.awaitReady(loop, "alive");
    assertThat(Apps.show(device, "alive", "NRestarts")).isNotEqualTo("0");
    Apps.awaitNoDrift(loop, "alive");
  }

  private static void notStarted(DeviceLoop loop) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(loop.condition("never-ready", "Ready")).isEqualTo("False");
              assertThat(loop.condition("fails-before", "Ready")).isEqualTo("False");
              assertThat(loop.why("fails-before", "Ready"))
                  .contains("the command '/bin/false' of run.preStart ended with 1");
              assertThat(loop.why("never-ready", "Ready")).contains("did not start in time");
            });
  }

  private static List<String> said(VirtualDevice device) {
    return said(device, "alive");
  }

  private static List<String> said(VirtualDevice device, String app) {
    return device
        .exec("journalctl", "-u", Apps.unit(app), "-t", app, "-o", "cat", "--no-pager")
        .stdout()
        .lines()
        .toList();
  }
}
