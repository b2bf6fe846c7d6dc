package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Prints a completion script. */
@Command(
    name = "completion",
    description = "Print a completion script for a shell: bash, zsh or fish.",
    footer = {
      "  sandbar completion bash > /etc/bash_completion.d/sandbar",
      "  source <(sandbar completion zsh)             in ~/.zshrc, after compinit",
      "  sandbar completion fish > ~/.config/fish/completions/sandbar.fish"
    })
final class CompletionCommand implements Callable<Integer> {
  /** The shells. */
  enum Shell {
    BASH,
    ZSH,
    FISH
  }

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "SHELL",
      defaultValue = "bash",
      description = "bash (default), zsh or fish.")
  private Shell shell = Shell.BASH;

  CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    CommandLine commands = CommandTree.whole(terminal);
    terminal
        .out()
        .print(
            switch (shell) {
              // It brings bash's way of completion with it where it runs in zsh.
              case BASH, ZSH -> BashCompletion.of(commands);
              case FISH -> FishCompletion.of(commands);
            });
    return ExitCode.OK;
  }
}
