package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The device's labels decide which apps of a repository are its own; here site is test. */
class SelectionTest {

  private static final String HERE = "devices: {matchLabels: {site: test}}";
  private static final String ELSEWHERE = "devices: {matchLabels: {site: berlin}}";

  @TempDir private Path folder;

  private static String notAt(String site) {
    return "devices: {matchExpressions: [{key: site, operator: NotIn, values: [%s]}]}"
        .formatted(site);
  }

  @Test
  void anAppComesAndGoesWithItsSelector() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("chosen.yaml", Apps.waiting("chosen", HERE))
            .write("spared.yaml", Apps.waiting("spared", notAt("test")))
            .write("common.yaml", Apps.waiting("common"))
            .commitAll("One app is for other devices");
    try (var device = VirtualDevice.named("labels").boot();
        var loop = DeviceLoop.start(device, repository, DeviceLoop.removing(1))) {
      Apps.awaitReady(loop, "chosen", "common");
      assertThat(Apps.traces(device, "spared")).isEmpty();
      assertThat(loop.condition("spared", "Ready")).isEqualTo("absent");

      repository
          .write("chosen.yaml", Apps.waiting("chosen", ELSEWHERE))
          .write("spared.yaml", Apps.waiting("spared", notAt("berlin")))
          .commitAll("Swap them");
      Apps.awaitReady(loop, "spared", "common");
      Apps.awaitRemoved(loop, device, "chosen");

      // The guards of removals hold for them too: more than one at once is held back here.
      repository
          .write("spared.yaml", Apps.waiting("spared", ELSEWHERE))
          .write("common.yaml", Apps.waiting("common", notAt("test")))
          .commit("chosen.yaml", Apps.waiting("chosen", HERE));
      Apps.awaitReady(loop, "chosen");
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () -> assertThat(loop.why("spared", "Ready")).startsWith("PruneHeldBack: "));
      assertThat(Apps.state(device, "spared")).isEqualTo("active");
      assertThat(Apps.state(device, "common")).isEqualTo("active");
    }
  }
}
