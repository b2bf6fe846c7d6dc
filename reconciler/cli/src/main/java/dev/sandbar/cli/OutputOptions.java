package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Terminal;
import picocli.CommandLine.Option;

/** The option of every command that has a result to print. */
public final class OutputOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table, json or yaml.")
  private Format format = Format.TABLE;

  /** The printer for this command. */
  public Printer printer(Terminal terminal, CommonOptions common) {
    return new Printer(terminal, Paint.of(common.colour(), terminal.outTty(), terminal), format);
  }
}
