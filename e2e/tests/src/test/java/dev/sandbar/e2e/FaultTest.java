package dev.sandbar.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.PollResult;
import dev.sandbar.source.git.RevisionSource;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fault of Sandbar itself costs the one app that met it, and never the agent. */
class FaultTest {

  @TempDir private Path folder;

  @Test
  void anAppThatCannotBeCompiledIsNamedAndTheOthersRun() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("good.yaml", Apps.waiting("good", "mode: Open"))
            .write(
                "blank.yaml",
                Apps.manifest(
                    "blank", "run: {command: [/usr/bin/true], workingDirectory: \"/srv/app \"}"))
            .write("suffix.yaml", Apps.waiting("suffix", "directives: {LimitNOFILE: 64K}"))
            .commit(
                "fault.yaml",
                Apps.waiting(
                    "fault", "permissions: {storage: [{source: media, mountPath: /data}]}"));
    try (var device = VirtualDevice.named("fault").boot();
        var loop = DeviceLoop.start(device, repository, FaultTest::withUnusableVolume)) {
      Apps.awaitReady(loop, "good");
      assertThat(loop.why("fault", "Ready"))
          .startsWith("InvalidSpec: ")
          .contains("fault.yaml:1:1", "this is a fault of Sandbar: IllegalArgumentException")
          .contains("report it; the last good version stays");
      assertThat(loop.problems())
          .anyMatch(p -> p.startsWith("blank.yaml:4:") && p.contains("begins or ends with a blank"))
          .anyMatch(p -> p.startsWith("suffix.yaml:4:") && p.contains("takes no K or M"));

      repository.commit("later.yaml", Apps.waiting("later", "mode: Open"));
      Apps.awaitReady(loop, "good", "later");
    }
  }

  @Test
  void aRoundThatFailsIsFollowedByTheNext() throws Exception {
    var broken = new TreeMap<String, byte[]>();
    broken.put("good.yaml", unreadable());
    var good = new TreeMap<>(Map.of("good.yaml", Apps.waiting("good").getBytes(UTF_8)));
    try (var device = VirtualDevice.named("fault").boot()) {
      // Written at the end of the first round, which has met the broken revision.
      Path status = device.root().resolve("run/sandbar/status.json");
      RevisionSource source =
          previous -> {
            if (previous.isEmpty()) {
              return new PollResult.Fetched(new Snapshot("broken", broken, List.of()));
            }
            return previous.equals("broken") && Files.exists(status)
                ? new PollResult.Fetched(new Snapshot("good", good, List.of()))
                : new PollResult.Unchanged(previous);
          };
      try (var loop = DeviceLoop.start(device, source)) {
        Apps.awaitReady(loop, "good");
        await().atMost(Apps.SOON).until(() -> loop.revision().equals("good"));
      }
    }
  }

  /** No reader can cope with it. */
  @SuppressWarnings("NullAway")
  private static byte[] unreadable() {
    return null;
  }

  /** A path that no spec and no agent.yaml can hold. */
  private static DeviceSettings withUnusableVolume(DeviceSettings s) {
    return s.withVolumes(new TreeMap<>(Map.of("media", "/srv/\nmedia")));
  }
}
