package dev.sandbar.vdev;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VirtualDeviceTest {
  @ParameterizedTest
  @EnumSource(Suite.class)
  void everySuiteBootsItsSystemdWithoutAFailedUnit(Suite suite) {
    try (var device = VirtualDevice.named("edge").suite(suite).boot()) {
      Result version =
          device.exec(
              "busctl",
              "get-property",
              "org.freedesktop.systemd1",
              "/org/freedesktop/systemd1",
              "org.freedesktop.systemd1.Manager",
              "Version");
      assertThat(version.orThrow()).contains("\"" + suite.systemd());
      assertThat(device.exec("systemctl", "is-system-running").orThrow()).isEqualTo("running");
    }
  }
}
