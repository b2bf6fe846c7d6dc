package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** Sockets and timers beside apps while systemd is told something else. */
class SideUnitsTest {

  private static final String LAN = "[192.168.77.0/24]";
  private static final String MORE = "[192.168.77.0/24, 192.168.78.0/24]";

  private static final String DIRECTORY = "/etc/systemd/system/";

  /** Enables a unit of somebody else; systemd 252 goes by the files of each unit alone. */
  private static final String OTHER =
      """
      printf '[Service]\\nExecStart=/usr/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/other.service
      systemctl --no-reload enable other.service
      """;

  private static final String NIGHTLY =
      Apps.manifest(
          "nightly",
          "run: {command: [/usr/bin/sleep, infinity], schedule: \"%s\"}, drift: {mode: Correct}"
              .formatted(ScheduledAppsTest.daily(4)));

  /** It prints a file, and once more after each reload. */
  private static String edge(String content) {
    return Apps.manifest(
        "edge",
        "run: {command: [/bin/sh, -c, 'trap \"cat /run/edge/edge.conf\" HUP; cat /run/edge/edge.conf; while :; do sleep 1; done'],"
            + " reload: [[/bin/sh, -c, 'kill -HUP $MAINPID']]}, drift: {mode: Correct},"
            + " files: [{path: /run/edge/edge.conf, content: \"%s\\n\", onChange: Reload}]"
                .formatted(content));
  }

  @ParameterizedTest
  @OnEachSystemd
  void theyStayWhileOthersEnableUnitsAndGoWithTheirVersion(Suite suite, @TempDir Path folder)
      throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("nightly.yaml", NIGHTLY)
            .write("edge.yaml", edge("one"))
            .write("web.yaml", SocketApps.server("web", "v1", LAN))
            .commitAll("Apps with units beside them");
    try (var device = VirtualDevice.named("beside").suite(suite).boot()) {
      try (var loop = start(device, repository)) {
        Apps.awaitReady(loop, "web", "nightly", "edge");
        Apps.awaitNoDrift(loop, "web");
      }
      aKillBeforeTheReloadRestartsNothing(suite, device, repository, folder.resolve("killed.log"));
      aReloadThatIsDueRestartsNothing(suite, device, repository);
      try (var loop = start(device, repository)) {
        anotherSocketComesInOneStep(device, loop, repository);
        whatDoesNotRunLeavesNothing(device, loop, repository);
        repository.remove("web.yaml");
        Apps.awaitRemoved(loop, device, "web");
        repository.remove("nightly.yaml");
        Apps.awaitRemoved(loop, device, "nightly");
        await().atMost(Apps.SOON).until(() -> beside(device).isEmpty());
        assertThat(device.exec("cat", "/run/sandbar/events.json").orThrow())
            .contains("nightly")
            .doesNotContain("removal failed");
      }
    }
  }

  private static DeviceLoop start(VirtualDevice device, GitRepository repository) throws Exception {
    return DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(1)));
  }

  private static List<String> beside(VirtualDevice device) {
    return device
        .exec("sh", "-c", "cd /etc/systemd/system; ls | grep -E '^sandbar-.*(socket|timer)$'")
        .stdout()
        .lines()
        .toList();
  }

  /** The process of the app, and the socket that it has of systemd. */
  private static List<String> running(VirtualDevice device) {
    String pid = Apps.pid(device, "web");
    var all = new ArrayList<String>();
    all.add(pid);
    all.add(device.exec("readlink", "/proc/" + pid + "/fd/3").orThrow().strip());
    return all;
  }

  /** The agent is killed when systemd has the links of a new app, and not yet its files. */
  private static void aKillBeforeTheReloadRestartsNothing(
      Suite suite, VirtualDevice device, GitRepository repository, Path log) throws Exception {
    List<String> before = running(device);
    String edge = Apps.pid(device, "edge");
    String socket = SocketApps.up(device, "web").getFirst();
    String opened = SocketApps.start(device, socket);
    repository
        .write("edge.yaml", edge("two"))
        .write("late.yaml", Apps.waiting("late"))
        .commitAll("A new app, and another file of one that runs");
    try (var agent = AgentProcess.startUntil("action=Reload ", device.pid(), repository, log)) {
      assertThat(agent.awaitEnd(Duration.ofMinutes(2))).as("it was killed").isTrue();
    }
    assertThat(Files.readString(log)).contains("action=Enable unit=" + Apps.unit("late"));
    assertThat(device.exec("ls", DIRECTORY + "sandbar.target.wants").orThrow())
        .contains(Apps.unit("late"));
    assertThat(Apps.state(device, "late")).isEqualTo("inactive");
    if (suite != Suite.BOOKWORM) {
      assertThat(due(device, socket)).as("what this is about").isEqualTo("yes");
    }
    try (var loop = start(device, repository)) {
      Apps.awaitReady(loop, "web", "nightly", "edge", "late");
      Apps.awaitApplied(loop, repository, "edge", "late");
      Apps.awaitSaid(device, "edge", "one", "two");
      Apps.awaitNoDrift(loop, "web");
      Apps.awaitNoDrift(loop, "edge");
      assertThat(Apps.pid(device, "edge")).isEqualTo(edge);
      assertThat(running(device)).isEqualTo(before);
      assertThat(SocketApps.start(device, socket)).isEqualTo(opened);
    }
  }

  /** As by a package that is installed. */
  private static void aReloadThatIsDueRestartsNothing(
      Suite suite, VirtualDevice device, GitRepository repository) throws Exception {
    List<String> before = running(device);
    String socket = SocketApps.up(device, "web").getFirst();
    String opened = SocketApps.start(device, socket);
    device
        .exec("sh", "-ec", OTHER + (suite == Suite.BOOKWORM ? "touch " + DIRECTORY + socket : ""))
        .orThrow();
    assertThat(due(device, socket)).as("what this is about").isEqualTo("yes");
    assertThat(SocketApps.drifts(device, SocketApps.server("web", "v1", LAN))).isEmpty();
    try (var loop = start(device, repository)) {
      await().atMost(Apps.SOON).until(() -> due(device, socket).equals("no"));
      Apps.awaitReady(loop, "web", "nightly");
      repository.commit("note.yaml", Apps.waiting("note"));
      Apps.awaitReady(loop, "note");
      Apps.awaitNoDrift(loop, "web");
      Apps.awaitNoDrift(loop, "nightly");
      assertThat(running(device)).isEqualTo(before);
      assertThat(SocketApps.start(device, socket)).isEqualTo(opened);
    }
  }

  private static String due(VirtualDevice device, String unit) {
    return device.exec("systemctl", "show", "-P", "NeedDaemonReload", unit).orThrow().strip();
  }

  /** Between the end of the one process and the start of the next systemd does nothing else. */
  private static void anotherSocketComesInOneStep(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    String before = SocketApps.up(device, "web").getFirst();
    repository.commit("web.yaml", SocketApps.server("web", "v2", MORE));
    Apps.awaitApplied(loop, repository, "web");
    String since = SocketApps.up(device, "web").getFirst();
    assertThat(since).isNotEqualTo(before);
    System.err.println(
        "PROBE "
            + micros(device, "InactiveEnterTimestampMonotonic")
            + " "
            + micros(device, "InactiveExitTimestampMonotonic"));
    await().atMost(Apps.SOON).until(() -> !beside(device).contains(before));
  }

  private static long micros(VirtualDevice device, String property) {
    return Long.parseLong(Apps.show(device, "web", property).strip());
  }

  /** A version that was rolled back, though it is declared. */
  private static void whatDoesNotRunLeavesNothing(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    List<String> before = beside(device);
    repository.commit("web.yaml", SocketApps.broken("web", "v3", "[192.168.79.0/24]"));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(loop.why("web", "Ready")).startsWith("RolledBack: "));
    await().atMost(Apps.SOON).until(() -> beside(device).equals(before));
    assertThat(loop.drifts("web")).isEmpty();
  }
}
