package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An app in a network namespace of the device, which is made again under its name. */
class NamedNamespaceTest {

  @TempDir private Path folder;

  private static String manifest(String mode) {
    return Apps.waiting(
        "joined", "permissions: {networkNamespace: plant}, drift: {mode: %s}".formatted(mode));
  }

  private static String inode(VirtualDevice device, String path) {
    return device.exec("stat", "-L", "-c", "%i", path).orThrow().strip();
  }

  private static String ofApp(VirtualDevice device) {
    return inode(device, "/proc/" + Apps.pid(device, "joined").strip() + "/ns/net");
  }

  @Test
  void anAppIsInTheNamespaceThatHasTheNameNow() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet")).commit("joined.yaml", manifest("Detect"));
    try (var device = VirtualDevice.named("plant").boot()) {
      device.exec("ip", "netns", "add", "plant").orThrow();
      try (var loop =
          DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)))) {
        Apps.awaitReady(loop, "joined");
        assertThat(ofApp(device)).isEqualTo(inode(device, "/run/netns/plant"));
        assertThat(loop.condition("joined", "Drifted")).isEqualTo("False");

        // The former one stays while the app is in it, so that the kernel cannot use its number.
        device.exec("ip", "netns", "delete", "plant").orThrow();
        device.exec("ip", "netns", "add", "plant").orThrow();
        assertThat(ofApp(device)).isNotEqualTo(inode(device, "/run/netns/plant"));
        Apps.awaitDrift(
            loop,
            "joined",
            "PROCESS NetworkNamespacePath: net:.* and not net:.* of /run/netns/plant.*");

        repository.commit("joined.yaml", manifest("Correct"));
        Apps.awaitNoDrift(loop, "joined");
        assertThat(ofApp(device)).isEqualTo(inode(device, "/run/netns/plant"));
      }
    }
  }
}
