package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent that is killed in the middle of its work, and the next one that has to make sense of
 * what it finds.
 */
class CrashTest {

  private static final List<String> APPS = List.of("alpha", "beta", "gamma", "delta");

  @TempDir private Path folder;

  @Test
  void whateverIsHalfDoneIsFinishedOrUndone() throws Exception {
    GitRepository repository = GitRepository.create(folder.resolve("fleet"));
    Images image = Images.probe(folder, 1);
    for (String app : APPS) {
      repository.write(app + ".yaml", image.app(app, "drift: {mode: Correct}"));
    }
    repository.commit("orphan.yaml", Apps.waiting("orphan"));
    try (var device = VirtualDevice.named("crash").boot();
        var server = new EventServer()) {
      String alerts = "- {name: hook, webhook: '%s'}".formatted(server.url());
      device.put(image.file(), image.source());
      Path root = device.root();
      Path units = root.resolve("etc/systemd/system");
      killedWhen(device, repository, () -> Files.exists(root.resolve(image.stored().substring(1))));
      killedWhen(device, repository, () -> Files.exists(units.resolve(Apps.unit("orphan"))));
      // Nobody remembers that it was ever begun.
      repository.remove("orphan.yaml");
      killedWhen(
          device,
          repository,
          () -> Files.isSymbolicLink(units.resolve("sandbar.target.wants/" + Apps.unit("delta"))));
      killedWhen(
          device, repository, () -> Files.exists(root.resolve("sys/fs/cgroup/sandbar.slice")));
      try (var loop = DeviceLoop.start(device, repository)) {
        Apps.awaitReady(loop, APPS);
        await()
            .atMost(Apps.SOON)
            .untilAsserted(() -> assertThat(Apps.traces(device, "orphan")).isEmpty());
        clean(device);
      }

      for (String app : APPS) {
        repository.write(app + ".yaml", Apps.waiting(app, "drift: {mode: Correct}"));
      }
      repository.commitAll("Without the image");
      killedWhen(device, repository, () -> hasNoImage(units.resolve(Apps.unit("beta"))));
      // The next agent starts before its source answers.
      repository.hide();
      try (var loop =
          DeviceLoop.start(
              device,
              repository,
              s ->
                  DeviceLoop.alerting(alerts)
                      .apply(DeviceLoop.sweeping(Duration.ofSeconds(1)).apply(s)))) {
        for (int round = 0; round < 2; round++) {
          String last = writtenAt(device);
          await().atMost(Apps.SOON).until(() -> !writtenAt(device).equals(last));
          // Not put back as drift, only to be changed again when the source answers.
          assertThat(hasNoImage(units.resolve(Apps.unit("beta")))).isTrue();
        }
        for (String app : APPS) {
          assertThat(loop.drifts(app)).as(app).isEmpty();
        }
        repository.show();
        Apps.awaitApplied(loop, repository, APPS.toArray(String[]::new));
        assertThat(APPS).allMatch(app -> Apps.show(device, app, "RootImage").isEmpty());
        await()
            .atMost(Apps.SOON)
            .until(() -> !Files.exists(root.resolve(image.stored().substring(1))));
        clean(device);
        // What the killed agent left half done is nobody's drift.
        assertThat(server.events()).isEmpty();
      }
    }
  }

  private static String writtenAt(VirtualDevice device) throws IOException {
    Reported reported = () -> device;
    return Texts.at(reported.status(), "writtenAt");
  }

  private static boolean hasNoImage(Path unit) {
    try {
      return !Files.readString(unit).contains("RootImage=");
    } catch (IOException e) {
      return false;
    }
  }

  private void killedWhen(VirtualDevice device, GitRepository repository, BooleanSupplier point)
      throws Exception {
    try (var agent = AgentProcess.start(device.pid(), repository, folder.resolve("agent.log"))) {
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .atMost(Apps.SOON)
          .until(() -> !agent.running() || point.getAsBoolean());
      assertThat(agent.running()).as(Files.readString(folder.resolve("agent.log"))).isTrue();
    }
  }

  private static void clean(VirtualDevice device) {
    String script =
        "find /etc/systemd /var/lib/sandbar /run/sandbar -name '*.sandbar-new'; ls -A"
            + " /run/sandbar/staging 2>/dev/null; find /run/systemd/system.control -type f"
            + " 2>/dev/null; systemctl --failed --plain --no-legend";
    assertThat(device.exec("sh", "-c", script).stdout()).isEmpty();
  }
}
