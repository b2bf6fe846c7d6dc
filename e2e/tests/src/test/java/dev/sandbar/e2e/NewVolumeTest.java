package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** A volume that the device gets is hidden from apps that run, and none of them is restarted. */
class NewVolumeTest {

  @TempDir private Path folder;

  /** Nothing but a look says that somebody unmounts: it is taken every second. */
  private static UnaryOperator<DeviceSettings> volumes(Map<String, String> volumes) {
    return s -> s.withVolumes(new TreeMap<>(volumes)).withSweep(Duration.ofSeconds(1));
  }

  /** What a process of the app finds there. */
  private static boolean sees(VirtualDevice device, String app) {
    String look =
        "nsenter --target %s --mount --root ls /srv/media/".formatted(Apps.pid(device, app));
    return device.exec("sh", "-c", look).stdout().contains("secret");
  }

  private static boolean isHiding(VirtualDevice device, String app) {
    String look =
        "[ $(stat -c %%d:%%i /proc/%s/root/srv/media) = $(stat -c %%d:%%i /run/systemd/inaccessible/dir) ]"
            .formatted(Apps.pid(device, app));
    return device.exec("sh", "-c", look).ok();
  }

  @ParameterizedTest
  @OnEachSystemd
  void isHiddenFromRunningApps(Suite suite) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write(
                "reader.yaml",
                Apps.waiting(
                    "reader", "permissions: {storage: [{source: kept, mountPath: /kept}]}"))
            .commit("app.yaml", Apps.waiting("app", "drift: {mode: Correct}"));
    try (var device = VirtualDevice.named("volume").suite(suite).boot()) {
      device.exec("mkdir", "-p", "/srv/media", "/srv/kept").orThrow();
      device.write("/srv/media/secret", "of others");
      try (var loop = DeviceLoop.start(device, repository, volumes(Map.of("kept", "/srv/kept")))) {
        Apps.awaitReady(loop, "app", "reader");
      }
      String app = Apps.pid(device, "app");
      String reader = Apps.pid(device, "reader");
      assertThat(sees(device, "app")).as("no volume yet").isTrue();

      Map<String, String> both = Map.of("kept", "/srv/kept", "media", "/srv/media");
      try (var loop = DeviceLoop.start(device, repository, volumes(both))) {
        await()
            .atMost(Apps.SOON)
            .until(() -> isHiding(device, "app") && isHiding(device, "reader"));
        Apps.awaitReady(loop, "app", "reader");
        assertThat(sees(device, "app")).isFalse();

        // Somebody shows it again.
        device
            .exec("nsenter", "--target", app, "--mount", "--root", "umount", "/srv/media")
            .orThrow();
        await().atMost(Apps.SOON).until(() -> isHiding(device, "app"));
        Apps.awaitNoDrift(loop, "app");
      }
      try (var loop = DeviceLoop.start(device, repository, volumes(Map.of("kept", "/srv/kept")))) {
        await()
            .atMost(Apps.SOON)
            .until(() -> !device.read(Apps.file("app")).contains("/srv/media"));
        Apps.awaitReady(loop, "app", "reader");
      }
      assertThat(Apps.pid(device, "app")).as("never restarted").isEqualTo(app);
      assertThat(Apps.pid(device, "reader")).as("never restarted").isEqualTo(reader);
    }
  }
}
