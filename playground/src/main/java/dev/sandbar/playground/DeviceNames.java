package dev.sandbar.playground;

import dev.sandbar.cli.CommandException;
import dev.sandbar.vdev.DeviceRegistry;
import dev.sandbar.vdev.VirtualDevice;
import java.util.List;

/** Finds virtual devices by name. */
final class DeviceNames {
  private DeviceNames() {}

  /**
   * The device of this name.
   *
   * @throws CommandException naming those that exist if it does not
   */
  static VirtualDevice existing(String name) {
    return DeviceRegistry.find(name).orElseThrow(() -> unknown(name));
  }

  /**
   * The running device of this name.
   *
   * @throws CommandException if it does not exist or is down
   */
  static VirtualDevice running(String name) {
    VirtualDevice device = existing(name);
    if (!device.running()) {
      throw new CommandException(
          "the device " + name + " is down", "Boot it: sandbar device boot " + name);
    }
    return device;
  }

  private static CommandException unknown(String name) {
    List<String> ids = DeviceRegistry.list().stream().map(VirtualDevice::id).toList();
    return new CommandException(
        "there is no virtual device " + name,
        ids.isEmpty()
            ? "Boot one: sandbar device boot " + name
            : "There are: " + String.join(", ", ids));
  }
}
