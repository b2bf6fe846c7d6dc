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

  private static String app(String content, String more) {
    return Apps.manifest(
        "edge",
        "run: {command: [/bin/sh, -c, '%s'], reload: [[/bin/sh, -c, '%s']]}, drift: {mode: Correct}, files: [{path: /run/edge/edge.conf, content: \"%s\\n\", onChange: Reload}]%s"
            .formatted(PROGRAM, RELOAD, content, more));
  }

  private static DeviceLoop agent(VirtualDevice device, GitRepository repository) throws Exception {
    return DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(1)));
  }

  @ParameterizedTest
  @EnumSource(Suite.class)
  void aChangeReachesTheAppWithoutARestartAndAFailedOneGoesBack(Suite suite, @TempDir Path folder)
      throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet")).commit("edge.yaml", app("one", ""));
    try (var device = VirtualDevice.named("reloaded").suite(suite).boot();
        var loop = agent(device, repository)) {
      Apps.awaitReady(loop, "edge");
      Apps.awaitSaid(device, "edge", "one");
      String pid = Apps.pid(device, "edge");
      repository.commit("edge.yaml", app("two", ""));
      Apps.awaitApplied(loop, repository, "edge");
      Apps.awaitSaid(device, "edge", "one", "two");
      assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(pid);
      Apps.awaitNoDrift(loop, "edge");

      // Its reload fails: what was there before comes back, and the program goes on.
      repository.commit("edge.yaml", app("bad", ""));
      await()
          .atMost(Apps.SOON)
          .until(() -> loop.status().toString().contains("run.reload has ended as 'failed'"));
      await().atMost(Apps.SOON).until(() -> content(device).equals("two"));
      assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(pid);
      repository.commit("edge.yaml", app("three", ""));
      Apps.awaitApplied(loop, repository, "edge");
      await().atMost(Apps.SOON).until(() -> said(device).contains("three"));
      assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(pid);
      assertThat(said(device)).doesNotContain("bad").noneMatch(it -> it.contains("OPEN"));

      tampered(device);
      Apps.awaitNoDrift(loop, "edge");
      assertThat(Apps.pid(device, "edge")).as("no restart").isEqualTo(pid);

      // With something else it is a restart.
      repository.commit("edge.yaml", app("four", ", permissions: {state: true}"));
      Apps.awaitApplied(loop, repository, "edge");
      await().atMost(Apps.SOON).until(() -> said(device).contains("four"));
      assertThat(Apps.pid(device, "edge")).isNotEqualTo(pid);

      repository.remove("edge.yaml");
      await()
          .atMost(Apps.SOON)
          .until(
              () -> device.exec("sh", "-c", "ls " + STORE + " | grep reload").stdout().isEmpty());
    }
  }

  /** Somebody with root changes what the app sees: it is drift, and put back. */
  private static void tampered(VirtualDevice device) {
    device
        .exec(
            "sh",
            "-ec",
            "f=$(echo " + STORE + "/reload-edge-*/edge.conf); echo evil >$f.x; mv $f.x $f")
        .orThrow();
    await().atMost(Apps.SOON).until(() -> content(device).equals("three"));
  }

  private static String content(VirtualDevice device) {
    return device.exec("sh", "-c", "cat " + STORE + "/reload-edge-*/edge.conf").stdout().strip();
  }

  private static List<String> said(VirtualDevice device) {
    return device
        .exec(
            "journalctl",
            "--output=cat",
            "--no-pager",
            "--unit=" + Apps.unit("edge"),
            "SYSLOG_IDENTIFIER=edge")
        .orThrow()
        .lines()
        .toList();
  }
}
