package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints a completion script. */
@Command(
    name = "completion",
    hidden = true,
    description = "Print a completion script for bash and zsh.",
    footer = {"  sandbar completion > /etc/bash_completion.d/sandbar"})
final class CompletionCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    terminal.out().print(AutoComplete.bash("sandbar", CommandTree.whole(terminal)));
    return ExitCode.OK;
  }
}
