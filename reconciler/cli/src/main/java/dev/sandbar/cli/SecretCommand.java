package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sandbar secret}. */
@Command(
    name = "secret",
    description = "Seal secrets for devices.",
    footer = {
      "  sandbar secret recipient                              on the device",
      "  sandbar secret seal --recipient age1... <password     anywhere"
    })
final class SecretCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  private SecretCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The command with its own commands. */
  static CommandLine line(Terminal terminal) {
    return new CommandLine(new SecretCommand(terminal))
        .addSubcommand("recipient", new SecretRecipientCommand(terminal))
        .addSubcommand("seal", new SecretSealCommand(terminal));
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(terminal.out(), spec.commandLine().getColorScheme());
    return ExitCode.OK;
  }
}
