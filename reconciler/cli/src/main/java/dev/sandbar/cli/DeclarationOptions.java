package dev.sandbar.cli;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Option;

/** The option that says where an app is declared. */
final class DeclarationOptions {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Where the app is declared, instead of what the agent applied last.")
  private List<String> files = List.of();

  /** Whether a file was named. */
  boolean isNamed() {
    return !files.isEmpty();
  }

  /**
   * The app as it is declared there, or else as the agent applied it last.
   *
   * @throws CommandException if neither can be read
   */
  AppSpec spec(DeviceAccess device, AppName name, TargetApp target) throws IOException {
    return isNamed() ? target.declared(name, files) : TargetApp.applied(device, name);
  }
}
