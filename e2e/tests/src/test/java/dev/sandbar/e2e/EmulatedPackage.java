package dev.sandbar.e2e;

import dev.sandbar.vdev.DeviceShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** What the Debian package of Sandbar installs beside the agent. */
final class EmulatedPackage {
  private static final Map<String, String> FILES =
      Map.of(
          "49-sandbar.rules", "/usr/lib/udev/rules.d/49-sandbar.rules",
          "70-sandbar.rules", "/usr/lib/udev/rules.d/70-sandbar.rules",
          "sandbar-sysusers.conf", "/usr/lib/sysusers.d/sandbar.conf",
          "sandbard-bus@.service", "/usr/lib/systemd/system/sandbard-bus@.service");

  private EmulatedPackage() {}

  /** The rules of udev, their group, and the unit of filters of the system bus. */
  static void install(DeviceShell device) throws IOException {
    for (Map.Entry<String, String> file : FILES.entrySet()) {
      device.write(
          file.getValue(), Files.readString(Path.of("../../packaging").resolve(file.getKey())));
    }
    sh(
        device,
        "systemd-sysusers sandbar.conf; touch /usr/lib/udev/rules.d/49-sandbar.rules;"
            + " udevadm control --reload; systemctl daemon-reload");
  }

  /** Runs a script in a device that emulates its processor, or fails. */
  static String sh(DeviceShell device, String script) {
    return device.exec(Duration.ofMinutes(3), "sh", "-ec", script).orThrow();
  }
}
