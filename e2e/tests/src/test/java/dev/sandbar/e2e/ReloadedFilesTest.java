package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files whose change reaches the app by a reload, on a real systemd. */
class ReloadedFilesTest {

  private static final String STORE = "/var/lib/sandbar/files";

  /** Says what it reads at its start and at each reload; one that begins with "bad" is refused. */
  private static final String PROGRAM =
      "trap \"cat /run/edge/edge.conf\" HUP; cat /run/edge/edge.conf;"
          + " (echo x >>/run/edge/edge.conf) 2>/dev/null && echo OPEN write;"
          + " (echo x >/run/edge/other) 2>/dev/null && echo OPEN make;"
          + " /bin/sh /run/edge/edge.conf 2>/dev/null; (/run/edge/edge.conf) 2>/dev/null && echo OPEN run;"
          + " while :; do sleep 1; done";

  private static final String RELOAD =
      "read -r first </run/edge/edge.conf; case $first in bad*) exit 3;; esac; kill -HUP $MAINPID";

  private static String app(String name, String content, String more) {
    return app(name, content, RELOAD, more);
  }

  /** One that never reads its files again. */
  private static String faulty(String name, String content, String reload) {
    return app(name, content, reload, ", directives: {TimeoutStartSec: 6s}");
  }

  private static String app(String name, String content, String reload, String more) {
    return Apps.manifest(
        name,
        "run: {command: [/bin/sh, -c, '%s'], reload: [[/bin/sh, -c, '%s']]}, drift: {mode: Correct}, files: [{path: /run/edge/edge.conf, content: \"%s\\n\", onChange: Reload}]%s"
            .formatted(PROGRAM, reload, content, more));
  }

  private static DeviceLoop agent(VirtualDevice device, GitRepository repository) throws Exception {
    return DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)));
  }

  @ParameterizedTest
  @EnumSource(names = {"TRIXIE", "FORKY"})
  void aChangeReachesTheAppWithoutARestartAndAFailedOneGoesBack(Suite suite, @TempDir Path folder)
      throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("bystander.yaml", Apps.waiting("bystander"))
            .commit("edge.yaml", app("edge", "one", ""));
    try (var device = VirtualDevice.named("reloaded").suite(suite).boot();
        var loop = agent(device, repository)) {
      Apps.awaitReady(loop, "edge");
      Apps.awaitSaid(device, "edge", "one");
      String pid = Apps.pid(device, "edge");
      repository.commit("edge.yaml", app("edge", "two", ""));
      Apps.awaitApplied(loop, repository, "edge");
      Apps.awaitSaid(device, "edge", "one", "two");
      assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(pid);
      Apps.awaitNoDrift(loop, "edge");

      // Its reload fails: what was there before comes back, and the program goes on.
      repository.commit("edge.yaml", app("edge", "bad", ""));
      await()
          .atMost(Apps.SOON)
          .until(() -> loop.status().toString().contains("run.reload has ended as 'failed'"));
      await().atMost(Apps.SOON).until(() -> content(device, "edge").equals("two"));
      assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(pid);
      repository.commit("edge.yaml", app("edge", "three", ""));
      Apps.awaitApplied(loop, repository, "edge");
      await().atMost(Apps.SOON).until(() -> said(device, "edge").contains("three"));
      assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(pid);
      assertThat(said(device, "edge")).doesNotContain("bad").noneMatch(it -> it.contains("OPEN"));

      tampered(device);
      Apps.awaitNoDrift(loop, "edge");
      assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(pid);

      // With something else it is a restart.
      repository.commit("edge.yaml", app("edge", "four", ", permissions: {state: true}"));
      Apps.awaitApplied(loop, repository, "edge");
      await().atMost(Apps.SOON).until(() -> said(device, "edge").contains("four"));
      assertThat(Apps.pid(device, "edge")).isNotEqualTo(pid);

      repository.remove("edge.yaml");
      await()
          .atMost(Apps.SOON)
          .until(
              () -> device.exec("sh", "-c", "ls " + STORE + " | grep reload").stdout().isEmpty());
    }
  }

  /** The app does not stop because its reload does nothing, and no other app waits for it. */
  @Test
  void aReloadThatHangsAndOneThatAlwaysFailsHoldNobodyUpAndStopNothing(@TempDir Path folder)
      throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("bystander.yaml", Apps.waiting("bystander"))
            .commit("edge.yaml", faulty("edge", "one", "exec sleep infinity"))
            .commit("other.yaml", faulty("other", "one", "exit 7"));
    try (var device = VirtualDevice.named("unread").boot();
        var loop = agent(device, repository)) {
      Apps.awaitReady(loop, "edge", "other", "bystander");
      String edge = Apps.pid(device, "edge");
      String other = Apps.pid(device, "other");
      repository
          .commit("edge.yaml", faulty("edge", "two", "exec sleep infinity"))
          .commit("other.yaml", faulty("other", "two", "exit 7"));
      await().atMost(Apps.SOON).until(() -> Apps.state(device, "edge").equals("reloading"));
      await()
          .atMost(Apps.SOON)
          .until(() -> loop.status().toString().contains("run.reload has ended as 'failed'"));
      String before = Apps.invocation(device, "edge");
      repository.commit("bystander.yaml", Apps.waiting("bystander", "permissions: {state: true}"));
      Apps.awaitApplied(loop, repository, "bystander");
      // It goes on with what it has read, and is reloaded less and less often.
      for (String app : List.of("edge", "other")) {
        await().atMost(Apps.SOON).until(() -> content(device, app).equals("one"));
      }
      await().atMost(Apps.SOON).until(() -> reloads(device, "other") >= 4);
      long begun = System.nanoTime();
      await()
          .atMost(Apps.SOON)
          .until(() -> reloads(device, "other") >= 5 && reloads(device, "edge") >= 4);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(2));
      assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(edge);
      assertThat(Apps.pid(device, "other")).as("no restart").isEqualTo(other);
      assertThat(Apps.invocation(device, "edge")).isEqualTo(before);

      // Another command would help, and is a start.
      repository
          .commit("edge.yaml", app("edge", "three", ""))
          .commit("other.yaml", app("other", "three", ""));
      Apps.awaitApplied(loop, repository, "edge", "other");
      Apps.awaitNoDrift(loop, "edge");
      Apps.awaitNoDrift(loop, "other");
    }
  }

  @Test
  void aVersionThatIsNotReadyAfterItsReloadGoesBackByAReload(@TempDir Path folder)
      throws Exception {
    String health =
        ", health: {ready: {exec: {command: [/bin/grep, -qv, sick, /run/edge/edge.conf]}}, within: 5s}";
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("edge.yaml", app("edge", "one", health));
    try (var device = VirtualDevice.named("sick").boot();
        var loop = agent(device, repository)) {
      Apps.awaitReady(loop, "edge");
      String pid = Apps.pid(device, "edge");
      repository.commit("edge.yaml", app("edge", "sick", health));
      Apps.awaitSaid(device, "edge", "one", "sick", "one");
      assertThat(content(device, "edge")).isEqualTo("one");
      await()
          .atMost(Apps.SOON)
          .until(() -> loop.why("edge", "Ready").contains("the command of the check ended"));
      repository.commit("edge.yaml", app("edge", "well", health));
      Apps.awaitApplied(loop, repository, "edge");
      Apps.awaitSaid(device, "edge", "one", "sick", "one", "well");
      assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(pid);
      Apps.awaitNoDrift(loop, "edge");
    }
  }

  @Test
  void anAgentThatIsKilledDuringAReloadIsFollowedByOneThatFinishesIt(@TempDir Path folder)
      throws Exception {
    // The next agent finds the app reloading.
    String slow = "sleep 10; kill -HUP $MAINPID";
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("edge.yaml", app("edge", "one", slow, ""));
    try (var device = VirtualDevice.named("killed").boot()) {
      String pid;
      try (var loop = agent(device, repository)) {
        Apps.awaitReady(loop, "edge");
        pid = Apps.pid(device, "edge");
      }
      repository.commit("edge.yaml", app("edge", "two", slow, ""));
      try (var agent = AgentProcess.start(device.pid(), repository, folder.resolve("agent.log"))) {
        await().atMost(Apps.SOON).until(() -> Apps.state(device, "edge").equals("reloading"));
        assertThat(agent.running()).isTrue();
      }
      assertThat(marks(device)).isNotEmpty();
      assertThat(content(device, "edge")).isEqualTo("two");
      try (var loop = agent(device, repository)) {
        Apps.awaitApplied(loop, repository, "edge");
        await().atMost(Apps.SOON).until(() -> marks(device).isEmpty());
        Apps.awaitNoDrift(loop, "edge");
        assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(pid);
        // Of the reload that the killed one had asked for nobody knows whether it was of this.
        assertThat(said(device, "edge")).startsWith("one", "two").doesNotContain("bad");
      }
    }
  }

  private static String marks(VirtualDevice device) {
    return device.exec("sh", "-c", "ls " + STORE + " | grep pending").stdout();
  }

  /** How often systemd has begun to reload an app. */
  private static long reloads(VirtualDevice device, String app) {
    return device
        .exec("journalctl", "--output=cat", "--no-pager", "_PID=1", "UNIT=" + Apps.unit(app))
        .stdout()
        .lines()
        .filter(line -> line.startsWith("Reloading"))
        .count();
  }

  /** Somebody with root changes what the app sees: it is drift, and put back. */
  private static void tampered(VirtualDevice device) {
    device
        .exec(
            "sh",
            "-ec",
            "f=$(echo " + STORE + "/reload-edge-*/edge.conf); echo evil >$f.x; mv $f.x $f")
        .orThrow();
    await().atMost(Apps.SOON).until(() -> content(device, "edge").equals("three"));
  }

  private static String content(VirtualDevice device, String app) {
    return device
        .exec("sh", "-c", "cat " + STORE + "/reload-" + app + "-*/edge.conf")
        .stdout()
        .strip();
  }

  private static List<String> said(VirtualDevice device, String app) {
    return device
        .exec(
            "journalctl",
            "--output=cat",
            "--no-pager",
            "--unit=" + Apps.unit(app),
            "SYSLOG_IDENTIFIER=" + app)
        .orThrow()
        .lines()
        .toList();
  }
}
