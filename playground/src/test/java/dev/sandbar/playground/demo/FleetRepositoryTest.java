package dev.sandbar.playground.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.image.AppImage;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FleetRepositoryTest {
  private static final Map<String, AppImage> IMAGES =
      Map.of("/srv/images/probe.squashfs", new AppImage(Path.of("/cache/probe"), "ab".repeat(32)));

  @Test
  void digestsOfThisMachineReplaceThoseOfTheExamples() {
    String broker = FleetRepository.resource("broker.yaml");
    assertThat(FleetRepository.withDigests(broker, IMAGES)).isEqualTo(broker);
    String visitor = FleetRepository.resource("visitor.yaml");
    String own = FleetRepository.withDigests(visitor, IMAGES);
    assertThat(own).contains("\n    sha256: " + "ab".repeat(32) + "\n").hasSameSizeAs(visitor);
  }

  @Test
  void bothPatchesApplyOneAfterTheOther(@TempDir Path folder) throws Exception {
    FleetRepository fleet = FleetRepository.create(folder.resolve("fleet"), IMAGES);
    String first = fleet.head();
    assertThat(fleet.apply("grant-internet.patch"))
        .isEqualTo(
            "-    internet: false\n+    internet: true\n+    internetTo: [{cidr: 198.51.100.2/32}]");
    fleet.commit("Grant");
    assertThat(fleet.apply("correct-drift.patch"))
        .isEqualTo("-  drift: {mode: Detect}\n+  drift: {mode: Correct}");
    fleet.commit("Correct");
    assertThat(fleet.head()).isNotEqualTo(first);
  }
}
