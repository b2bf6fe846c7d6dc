package dev.sandbar.e2e;

import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.VirtualDevice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The command line as a process of a device, which has its classes below /opt/classes. */
final class DeviceCli {

  private DeviceCli() {}

  /**
   * What to execute there.
   *
   * @param line arguments, with blanks between them
   */
  static List<String> command(String line) {
    var flags = new ArrayList<>(ChildClasses.flags(ChildJvm.SHOWN));
    // Most of what a command runs it runs a few times, which compiling does not pay for.
    flags.add("-XX:CompileThresholdScaling=4");
    var program = new ArrayList<>(List.of("dev.sandbar.cli.Main"));
    program.addAll(List.of(line.split(" ")));
    return ChildJvm.command(flags, ChildJvm.shownClasses(), program);
  }

  /** Executes it. */
  static CommandResult run(VirtualDevice device, Duration limit, String line) {
    ChildClasses.record(device, ChildJvm.SHOWN);
    return device.exec(limit, command(line).toArray(String[]::new));
  }
}
