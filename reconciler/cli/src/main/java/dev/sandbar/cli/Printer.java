package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.cli.terminal.Wrap;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.YamlWriter;

/**
 * Prints the result of one command in the format that was asked for.
 *
 * @param paint for standard output
 */
public record Printer(Terminal terminal, Paint paint, Format format) {

  /** Whether a machine reads it. */
  public boolean machine() {
    return format != Format.TABLE;
  }

  /** Prints a document as JSON or YAML. */
  public void node(Node node) {
    terminal
        .out()
        .print(format == Format.YAML ? YamlWriter.write(node) : JsonWriter.indented(node));
  }

  /** Prints a page. */
  void page(Page page) {
    terminal.out().print(page.render(paint));
  }

  /** Prints a table. */
  public void table(Table table) {
    terminal.out().print(table.render(paint));
  }

  /** Prints a line as it is. */
  public void line(String text) {
    terminal.out().println(text);
  }

  /** Prints an empty line. */
  void line() {
    terminal.out().println();
  }

  /** Prints a heading. */
  void heading(String text) {
    line(style(Style.STRONG, text));
  }

  /** Prints a paragraph, wrapped behind an indent. */
  void paragraph(String indent, String text) {
    line(Wrap.indented(text, indent, Terminal.WIDTH));
  }

  /** Prints a paragraph behind a head as wide as the indent of its other lines. */
  void hanging(String head, Style style, String text) {
    String body = Wrap.hanging(head, text, Terminal.WIDTH);
    line(style(style, head) + body.substring(head.length()));
  }

  /** The text in a style. */
  String style(Style style, String text) {
    return paint.apply(style, text);
  }

  /** Says something beside the result. */
  void note(String text) {
    terminal.err().println(Wrap.hanging("note: ", text, Terminal.WIDTH));
  }
}
