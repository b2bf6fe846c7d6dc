package dev.sandbar.cli;

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
