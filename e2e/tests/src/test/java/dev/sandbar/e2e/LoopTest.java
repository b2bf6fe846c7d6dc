package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.OnDevice;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualDevices;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** From a commit to an enforced sandbox, and drift seen. */
@ExtendWith(VirtualDevices.class)
class LoopTest {

  @Test
  void runsWhatGitDeclaresAndSeesDrift(
      @OnDevice(suite = Suite.TRIXIE) VirtualDevice device, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet")).commit("sleeper.yaml", Manifests.SLEEPER);
    try (DeviceLoop loop = DeviceLoop.start(device, repository, DeviceLoop.removingState())) {
      Apps.awaitReady(loop, "sleeper");
      assertThat(Apps.state(device, "sleeper")).isEqualTo("active");
      Apps.stopAndAwaitReturn(device, "sleeper");
      repository
          .remove("sleeper.yaml")
          .commit("other.yaml", Manifests.SLEEPER.replace("sleeper", "other"));
      Apps.awaitReady(loop, "other");
      Apps.awaitRemoved(loop, device, "sleeper");
    }
  }
}
