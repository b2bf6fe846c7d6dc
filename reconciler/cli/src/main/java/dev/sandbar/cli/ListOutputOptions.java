package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Terminal;
import picocli.CommandLine.Option;

/** The option of every command that prints a list of objects. */
final class ListOutputOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description =
          "table, wide (more columns, one line per row), name (names only), json or" + " yaml.")
  private ListFormat format = ListFormat.TABLE;

  /** The printer for this command. */
  Printer printer(Terminal terminal, CommonOptions common) {
    Paint paint = Paint.of(common.colour(), terminal.outTty(), terminal);
    return new Printer(terminal, paint, format.format());
  }

  /** Whether more columns are asked for. */
  boolean wide() {
    return format == ListFormat.WIDE;
  }

  /** Whether nothing but names is asked for. */
  boolean names() {
    return format == ListFormat.NAME;
  }
}
