package dev.sandbar.playground;

import dev.sandbar.cli.CommandException;
import dev.sandbar.cli.Main;
import dev.sandbar.vdev.VirtualDevice;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * This program as it was built or installed: launcher, libraries, units.
 *
 * @param home of the launcher
 */
record Installation(Path home) {
  private static final String PLACE = "/usr/share/sandbar/";
  private static final String LAUNCHER = "sandbar";
  private static final String LIBRARIES = "reconciler/cli/target/lib";
  private static final String UNITS = "packaging";

  /**
   * The one that runs.
   *
   * @throws CommandException if it was not started by its launcher
   */
  static Installation ofThisProcess() {
    Path home = jar();
    for (int up = 0; up <= Path.of(LIBRARIES).getNameCount(); up++) {
      home = home.resolveSibling("").toAbsolutePath().normalize();
      if (Files.isExecutable(home.resolve(LAUNCHER)) && Files.isDirectory(home.resolve(UNITS))) {
        return new Installation(home);
      }
    }
    throw new CommandException(
        "this program was not started by its launcher, so it cannot be shown in a device",
        "Start ./sandbar of a checkout or an installation");
  }

  private static Path jar() {
    try {
      return Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Shows it and the JDK in a device that is being made, where its documentation installs it. */
  void bind(VirtualDevice.Builder device) {
    for (String part : new String[] {LAUNCHER, LIBRARIES, UNITS}) {
      device.bind(home.resolve(part), PLACE + part);
    }
    device.withJava();
  }
}
