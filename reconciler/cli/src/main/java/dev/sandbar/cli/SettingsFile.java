package dev.sandbar.cli;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.NetworkSettings;
import dev.sandbar.source.net.Outbound;
import dev.sandbar.source.net.ProxyRoute;
import dev.sandbar.source.secret.TrustedAuthorities;
import dev.sandbar.source.text.TextLimits;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** What the owner of a device says of it. */
final class SettingsFile {
  private SettingsFile() {}

  /**
   * Reads it; without a file the defaults hold.
   *
   * @param root of the device's file system
   * @throws CommandException if the file is wrong
   */
  static DeviceSettings read(Path root) throws IOException {
    Path file = root.resolve(DeviceSettings.PATH.substring(1));
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(TextLimits.DEFAULT.maxBytes() + 1);
    } catch (NoSuchFileException _) {
      return DeviceSettings.DEFAULT;
    }
    var result = YamlReader.read(DeviceSettings.PATH, bytes);
    if (result.hasErrors()) {
      throw wrong(result.diagnostics());
    }
    if (result.documents().size() != 1) {
      throw new CommandException(
          DeviceSettings.PATH
              + ": one document was expected, there are "
              + result.documents().size(),
          "Keep one");
    }
    return switch (DeviceSettingsReader.read(result.documents().getFirst())) {
      case DeviceSettingsReader.Outcome.Read(var settings) -> settings;
      case DeviceSettingsReader.Outcome.Refused(var problems) -> throw wrong(problems);
    };
  }

  /**
   * Reaches servers as the settings say from now on, or else the environment.
   *
   * @throws CommandException if a file that they name cannot be used
   */
  static void reach(NetworkSettings network) {
    switch (ProxyRoute.of(network, System.getenv())) {
      case ProxyRoute.Reading.Usable(var route) -> Outbound.use(route);
      case ProxyRoute.Reading.Unusable(var message, var help) ->
          throw new CommandException(message, help);
    }
    if (!network.caFile().isEmpty()
        && TrustedAuthorities.extend(Path.of(network.caFile()))
            instanceof TrustedAuthorities.Reading.Unusable(var reason)) {
      throw new CommandException(
          "network.caFile: " + reason, "Put the CA certificates there in PEM form");
    }
  }

  private static CommandException wrong(List<Diagnostic> problems) {
    Diagnostic first = problems.getFirst();
    return new CommandException(first.at() + ": " + first.message(), first.help());
  }
}
