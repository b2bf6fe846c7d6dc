package dev.sandbar.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What a command shows a person, before it is known whether there is colour. */
public final class Page {
  private final List<Function<Paint, String>> parts = new ArrayList<>();

  /** A piece of a line. */
  public record Part(String text, Style style) {
    public Part {
      // A line stays one, whatever stands in it.
      text = Printable.of(text).replace('\n', ' ');
    }

    /** Plain text. */
    public static Part of(String text) {
      return new Part(text, Style.PLAIN);
    }

    /** Text with a meaning. */
    public static Part of(String text, Style style) {
      return new Part(text, style);
    }
  }

  /** Adds an empty line, unless there is none yet. */
  public void gap() {
    if (!parts.isEmpty()) {
      parts.add(_ -> "\n");
    }
  }

  /** Adds a line as it is. */
  public void line(Part... pieces) {
    List<Part> all = List.of(pieces);
    parts.add(
        paint -> {
          var line = new StringBuilder();
          all.forEach(piece -> line.append(paint.apply(piece.style(), piece.text())));
          return line.append('\n').toString();
        });
  }

  /** Adds plain text, wrapped. */
  public void paragraph(String text) {
    parts.add(_ -> Wrap.indented(Printable.of(text), "", Terminal.WIDTH) + "\n");
  }

  /** Adds a paragraph behind a head as wide as the indent of its other lines. */
  public void hanging(String head, Style style, String text) {
    String safe = Printable.of(head).replace('\n', ' ');
    String body = Wrap.hanging(safe, Printable.of(text), Terminal.WIDTH);
    parts.add(paint -> paint.apply(style, safe) + body.substring(safe.length()) + "\n");
  }

  /** Adds a table. */
  public void table(Table table) {
    parts.add(table::render);
  }

  /** The lines, each with its line break. */
  public String render(Paint paint) {
    var text = new StringBuilder();
    parts.forEach(part -> text.append(part.apply(paint)));
    return text.toString();
  }
}
