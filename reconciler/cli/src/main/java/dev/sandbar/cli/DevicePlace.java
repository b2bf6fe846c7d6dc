package dev.sandbar.cli;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.UnitDirectories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where a device keeps its files, for what needs no connection to its systemd.
 *
 * @param root of its file system
 * @param entrance command that reaches into it, put before a program's own command line; empty for
 *     this machine
 */
record DevicePlace(Path root, List<String> entrance) {
  DevicePlace {
    entrance = List.copyOf(entrance);
  }

  /**
   * This machine.
   *
   * @throws CommandException if the user may not steer its agent
   */
  static DevicePlace ofThisMachine() {
    if (!DeviceAccess.isRoot()) {
      throw new CommandException(
          "only root may do this on a device",
          "Run the same command as root, for example with sudo");
    }
    return new DevicePlace(Path.of("/"), List.of());
  }

  /** A virtual device, from outside. */
  static DevicePlace of(Playground.Device device) {
    return new DevicePlace(device.root(), entrance(device));
  }

  static List<String> entrance(Playground.Device device) {
    return List.of(
        "nsenter",
        "--target",
        Long.toString(device.pid()),
        "--mount",
        "--uts",
        "--ipc",
        "--net",
        "--pid",
        "--cgroup",
        "--");
  }

  /**
   * The virtual device of that name.
   *
   * @throws CommandException if there is none
   */
  static Playground.Device virtual(String name) {
    return Playground.find()
        .orElseThrow(
            () ->
                new CommandException(
                    "an installation has no virtual devices",
                    "Use the sandbar of a checkout, or leave --device out"))
        .device(name);
  }

  /** What its agent reports now; empty if none does, or not for long. */
  Optional<StatusFile> status() throws IOException {
    Path file = root.resolve(StatusFile.DEFAULT.substring(1));
    return Files.exists(file)
        ? Optional.of(StatusFile.read(file, Instant.now())).filter(status -> !status.stale())
        : Optional.empty();
  }

  /** Whether the agent reports that app, or there is a unit file of it. */
  boolean knows(AppName app) throws IOException {
    if (status().flatMap(status -> status.app(app.value())).isPresent()) {
      return true;
    }
    Path file = new UnitDirectories(root).own(unit(app));
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }

  /** The unit that the app is on this device. */
  UnitName unit(AppName app) {
    return new UnitDirectories(root).units().of(app);
  }

  /** The app that the unit is on this device; empty if it is none. */
  Optional<AppName> app(UnitName unit) {
    return new UnitDirectories(root).units().app(unit);
  }

  /** The agent's documents. */
  StateStore store() {
    return new StateStore(root);
  }
}
