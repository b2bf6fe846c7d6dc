package dev.sandbar.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that says which running device is meant. */
final class DeviceOptions {
  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "A virtual device on this machine, instead of the machine itself.")
  private String virtual = "";

  /**
   * The device.
   *
   * @throws CommandException if there is none, or the user may not steer its agent
   */
  DevicePlace place() {
    return virtual.isEmpty()
        ? DevicePlace.ofThisMachine()
        : DevicePlace.of(DevicePlace.virtual(virtual));
  }

  /** What the device is called: a virtual one as it was named here, this machine as it says. */
  String name() throws IOException {
    return virtual.isEmpty()
        ? Files.readString(Path.of("/proc/sys/kernel/hostname")).strip()
        : virtual;
  }

  /** Whether a virtual one was named. */
  boolean isVirtual() {
    return !virtual.isEmpty();
  }

  /**
   * The running device.
   *
   * @throws CommandException if there is none
   */
  DeviceAccess open() {
    return virtual.isEmpty()
        ? DeviceAccess.ofThisMachine()
        : DeviceAccess.of(DevicePlace.virtual(virtual));
  }
}
