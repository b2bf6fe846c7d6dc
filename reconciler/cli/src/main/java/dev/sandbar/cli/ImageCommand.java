package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sandbar image}. */
@Command(
    name = "image",
    description = "Look at images in container registries, and build images.",
    footer = {
      "  sandbar image resolve registry.example.com/team/pump:2.4.1",
      "  sandbar image build registry.example.com/team/pump:2.4.1 pump.squashfs"
    })
final class ImageCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  private ImageCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The command with its own commands. */
  static CommandLine line(Terminal terminal) {
    return new CommandLine(new ImageCommand(terminal))
        .addSubcommand("resolve", new ImageResolveCommand(terminal))
        .addSubcommand("build", new ImageBuildCommand(terminal));
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(terminal.out(), spec.commandLine().getColorScheme());
    return ExitCode.OK;
  }
}
