package dev.sandbar.cli;

import dev.sandbar.core.model.DeviceSettings;
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

  DeviceSettings.Images settings() {
    return new DeviceSettings.Images(absolute(caFile), absolute(authFile));
  }

  private static String absolute(String file) {
    return file.isEmpty() ? "" : Path.of(file).toAbsolutePath().normalize().toString();
  }
}
