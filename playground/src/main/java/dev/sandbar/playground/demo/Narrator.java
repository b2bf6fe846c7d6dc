package dev.sandbar.playground.demo;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.cli.terminal.Wrap;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;

/** Tells the story to a person, within {@link Terminal#WIDTH} columns. */
final class Narrator {
  private static final String INDENT = "   ";
  private static final String WRONG = "not as told: ";
  private static final int TIME = 9;
  private static final int TEXT = Terminal.WIDTH - INDENT.length() - TIME;

  private final PrintStream out;
  private final Paint paint;

  Narrator(PrintStream out, Paint paint) {
    this.out = out;
    this.paint = paint;
  }

  void chapter(int number, String title) {
    out.println();
    out.println(paint.apply(Style.STRONG, number + ". " + title));
    out.flush();
  }

  void prose(String text) {
    out.println(Wrap.indented(text, INDENT, Terminal.WIDTH));
    out.flush();
  }

  /** A line behind a mark, and what it wraps to below. */
  void point(String mark, String text) {
    out.println(Wrap.hanging(INDENT + mark, text, Terminal.WIDTH));
    out.flush();
  }

  /** A step that came out as described, with the time that it took behind it. */
  void step(String text, Duration took) {
    List<String> lines = Wrap.lines(text, TEXT);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean last = i == lines.size() - 1;
      String time = last ? time(took) : "";
      String gap = " ".repeat(last ? TEXT - line.length() + TIME - time.length() : 0);
      out.println(INDENT + line + gap + paint.apply(Style.FAINT, time));
    }
    out.flush();
  }

  /** A step that did not. */
  void wrong(String text) {
    out.println(
        Wrap.hanging(INDENT + WRONG, text, Terminal.WIDTH)
            .replaceFirst(WRONG, Matcher.quoteReplacement(paint.apply(Style.BAD, WRONG))));
    out.flush();
  }

  /** A command and what it printed, which may itself be as wide as the terminal. */
  void quote(String command, String output) {
    String line = Wrap.hanging("$ ", command, Terminal.WIDTH - INDENT.length());
    line.lines().forEach(part -> out.println(INDENT + paint.apply(Style.FAINT, part)));
    output.lines().forEach(out::println);
    out.flush();
  }

  /** A line of two parts; the second begins in the same column every time. */
  void pair(String left, Style style, String right) {
    int column = TEXT - 13;
    String cut = cut(left, column);
    out.println(INDENT + cut + " ".repeat(column - cut.length() + 1) + paint.apply(style, right));
    out.flush();
  }

  /** A drift by its name, from what to what, cut to a line, with the time until it was reported. */
  void drift(AgentStatus.Drift drift, Duration after) {
    String head = "  " + drift.app() + ": " + drift.layer() + " ";
    String name = drift.subject().substring(drift.subject().lastIndexOf('/') + 1);
    String subject = cut(name, TEXT - head.length());
    String change = drift.declared() + " -> " + drift.observed();
    String shown = cut(change, TEXT - head.length() - subject.length() - 2);
    int length = head.length() + subject.length() + (shown.isEmpty() ? 0 : 2 + shown.length());
    String time = time(after);
    out.println(
        INDENT
            + head
            + paint.apply(Style.WARN, subject)
            + (shown.isEmpty() ? "" : "  " + shown)
            + " ".repeat(TEXT + TIME - length - time.length())
            + paint.apply(Style.FAINT, time));
    out.flush();
  }

  /** Empty if not even the beginning has room. */
  private static String cut(String text, int room) {
    if (text.length() <= room) {
      return text;
    }
    return room < 8 ? "" : text.substring(0, room - 3) + "...";
  }

  void table(Table table) {
    out.print(table.render(paint));
    out.flush();
  }

  void end(boolean asTold, Duration total) {
    out.println();
    out.println(
        asTold
            ? paint.apply(Style.GOOD, "Every step came out as described")
                + ", in "
                + time(total)
                + "."
            : paint.apply(Style.BAD, "Not every step came out as described")
                + "; "
                + time(total)
                + ".");
    out.flush();
  }

  /** {@code 12 ms}, {@code 3.4 s}, {@code 2 min 5 s}. */
  static String time(Duration took) {
    long millis = took.toMillis();
    if (millis < 1000) {
      return millis + " ms";
    }
    return millis < 120_000
        ? String.format(Locale.ROOT, "%.1f s", millis / 1e3)
        : took.toMinutes() + " min " + took.toSecondsPart() + " s";
  }
}
