package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Paint;
import picocli.CommandLine.Option;

/** The options of every command. */
public final class CommonOptions {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = "--color",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description = "Use colour: auto (on a terminal, unless NO_COLOR is set), always or never.")
  private Paint.When colour = Paint.When.AUTO;

  /** When to use colour. */
  Paint.When colour() {
    return colour;
  }
}
