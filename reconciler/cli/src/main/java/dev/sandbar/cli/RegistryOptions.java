package dev.sandbar.cli;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.NetworkSettings;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How registries are read, for commands that do. */
final class RegistryOptions {
  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description = "PEM file of the authorities to trust instead of Java's.")
  private String caFile = "";

  @Option(
      names = "--auth-file",
      paramLabel = "FILE",
      description = "Logins, as 'podman login --authfile FILE HOST' writes them; mode 0600.")
  private String authFile = "";

  /** Also decides how registries are reached: as the environment says. */
  DeviceSettings.Images settings() {
    SettingsFile.reach(NetworkSettings.NONE);
    return new DeviceSettings.Images(absolute(caFile), absolute(authFile));
  }

  private static String absolute(String file) {
    return file.isEmpty() ? "" : Path.of(file).toAbsolutePath().normalize().toString();
  }
}
