package dev.sandbar.cli.terminal;

/** One field of a table. */
public record Cell(String text, Style style) {
  public Cell {
    text = Printable.of(text);
  }

  /** Plain text. */
  public static Cell of(String text) {
    return new Cell(text, Style.PLAIN);
  }

  /** Text with a meaning. */
  public static Cell of(String text, Style style) {
    return new Cell(text, style);
  }
}
