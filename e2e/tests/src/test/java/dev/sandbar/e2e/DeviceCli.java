package dev.sandbar.e2e;

import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The command line as a process of a device, which has its classes below /opt/classes. */
final class DeviceCli {

  private DeviceCli() {}

  /**
   * What to execute there.
   *
   * @param line arguments, with blanks between them
   */
  static List<String> command(String line) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                HardenedAgentTest.classPath().stream()
                    .map(entry -> "/opt/classes" + entry.toAbsolutePath())
                    .collect(Collectors.joining(":")),
                "dev.sandbar.cli.Main"));
    command.addAll(List.of(line.split(" ")));
    return command;
  }

  /** Executes it. */
  static CommandResult run(VirtualDevice device, Duration limit, String line) {
    return device.exec(limit, command(line).toArray(String[]::new));
  }
}
