package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Device;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualDevices;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** From a commit to an enforced sandbox, and drift seen. */
@ExtendWith(VirtualDevices.class)
class LoopTest {

  @Test
  void runsWhatGitDeclaresAndSeesDrift(
      @Device(suite = Suite.TRIXIE) VirtualDevice device, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet")).commit("sleeper.yaml", Manifests.SLEEPER);
    try (DeviceLoop loop = DeviceLoop.start(device, repository)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(loop.condition("sleeper", "Ready")).isEqualTo("True"));
      assertThat(active(device)).isEqualTo("active");
      device.exec(Duration.ofSeconds(10), "systemctl", "stop", "sandbar-sleeper.service").orThrow();
      await().atMost(Duration.ofSeconds(30)).until(() -> active(device).equals("active"));
      repository
          .remove("sleeper.yaml")
          .commit("other.yaml", Manifests.SLEEPER.replace("sleeper", "other"));
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(loop.condition("other", "Ready")).isEqualTo("True"));
      assertThat(loop.condition("sleeper", "Ready")).isEqualTo("absent");
    }
  }

  private static String active(VirtualDevice device) throws Exception {
    return device
        .exec(Duration.ofSeconds(10), "systemctl", "is-active", "sandbar-sleeper.service")
        .stdout()
        .strip();
  }
}
