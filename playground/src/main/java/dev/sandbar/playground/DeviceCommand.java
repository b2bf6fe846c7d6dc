package dev.sandbar.playground;

import dev.sandbar.cli.CommonOptions;
import dev.sandbar.cli.ExitCode;
import dev.sandbar.cli.WordConverter;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.vdev.Suite;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sandbar device}: virtual devices. */
@Command(
    name = "device",
    description = {
      "Boot, use and remove virtual devices.",
      "",
      "A virtual device is a real systemd on its own Debian disk, in a container on"
          + " this machine. Use one to try what you would not try on a real device."
    },
    footer = {
      "  sandbar device boot pump-1                  boot one with Debian 13",
      "  sandbar device exec pump-1 systemctl status",
      "  sandbar device power-cut pump-1             only its disk remains",
      "  sandbar device boot pump-1                  boots from its disk again",
      "  sandbar device remove pump-1"
    })
final class DeviceCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  private DeviceCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The command with its own commands. */
  static CommandLine line(Terminal terminal) {
    var exec = new CommandLine(new DeviceExecCommand(terminal)).setStopAtPositional(true);
    return new CommandLine(new DeviceCommand(terminal))
        .addSubcommand("boot", new DeviceBootCommand(terminal))
        .addSubcommand("list", new DeviceListCommand(terminal))
        .addSubcommand("exec", exec)
        .addSubcommand("shell", new DeviceShellCommand(terminal))
        .addSubcommand("stop", DeviceEndCommand.stop(terminal))
        .addSubcommand("power-cut", DeviceEndCommand.powerCut(terminal))
        .addSubcommand("remove", DeviceEndCommand.remove(terminal))
        .registerConverter(Suite.class, new WordConverter<>(List.of(Suite.values())));
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(terminal.out(), spec.commandLine().getColorScheme());
    return ExitCode.OK;
  }
}
