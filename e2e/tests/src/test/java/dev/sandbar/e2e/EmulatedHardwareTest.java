package dev.sandbar.e2e;

import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hardware and quotas on a kernel of the device's own. They take more than ten minutes on two busy
 * processors, so only the profile nightly runs them.
 */
@Tag("nightly")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EmulatedHardwareTest {
  private static final String OWNER =
      """
      policy:
        adopt: [bluetooth.service]
        kernelModules: [vcan, vivid, snd_dummy, i2c_dev]
      """;

  @AutoClose private EmulatedAgent agent;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    agent = EmulatedAgent.start(Suite.FORKY, folder, EmulatedAgent.WATCHFUL + OWNER);
  }

  /** A file system with project quotas holds directories to their size. */
  @Test
  void quotasAreHeldByTheFileSystem() throws IOException {
    var directories = new LimitedDirectories(agent);
    directories.holdNoMoreThanTheirQuota();
    directories.whoLiftsOneIsFound();
    directories.anotherQuotaHoldsAndNoneIsNone();
  }

  /** The clock is set, which no device of this machine can do alone. */
  @Test
  void anOrdinaryDayIsNoDrift() throws IOException {
    new DayOnEmulatedDevice(agent).noDriftIsReported();
  }

  @Test
  void limitsOpenNothing() throws IOException {
    new LimitsOnEmulatedDevice(agent).openNothing();
  }

  @Test
  void usbDevicesComeAndGo() throws IOException {
    new UsbOnEmulatedDevice(agent).anAppFollowsItsDevice();
  }

  @Test
  void hardwareIsForThoseThatHaveItsPermission() throws IOException {
    new BusesOnEmulatedDevice(agent).hardwareIsForThoseThatHaveItsPermission();
  }

  @Test
  void bluetoothIsServedFromBehindWalls() throws IOException {
    new BluetoothOnEmulatedDevice(agent).theDaemonServesAnAppFromBehindItsWalls();
  }
}
