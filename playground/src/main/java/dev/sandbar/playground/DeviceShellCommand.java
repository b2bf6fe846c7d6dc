package dev.sandbar.playground;

import dev.sandbar.cli.CommandException;
import dev.sandbar.cli.CommonOptions;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar device shell}. */
@Command(
    name = "shell",
    description = {"Open a root shell in a virtual device."},
    footer = {"  sandbar device shell pump-1"})
final class DeviceShellCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(paramLabel = "NAME", description = "The device.")
  private String name = "";

  DeviceShellCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    VirtualDevice device = DeviceNames.running(name);
    if (!terminal.inTty()) {
      throw new CommandException(
          "a shell needs a terminal", "Run one command: sandbar device exec " + name + " COMMAND");
    }
    // The shell must hold the terminal itself, which no pipe through this process gives it.
    var builder =
        new ProcessBuilder(
                "nsenter",
                "--target",
                Long.toString(device.pid()),
                "--mount",
                "--uts",
                "--ipc",
                "--net",
                "--pid",
                "--cgroup",
                "--",
                "/bin/bash",
                "-l")
            .inheritIO();
    builder.environment().clear();
    builder.environment().put("TERM", terminal.variable("TERM"));
    builder.environment().put("HOME", "/root");
    builder.environment().put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin");
    return builder.start().waitFor();
  }
}
