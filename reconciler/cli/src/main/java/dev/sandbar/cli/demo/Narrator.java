package dev.sandbar.cli.demo;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.cli.terminal.Wrap;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Tells the story to a person, within {@link Terminal#WIDTH} columns. */
final class Narrator {
  private static final String INDENT = "   ";
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

  /** A step that came out as told, with the time that it took behind it. */
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
        INDENT + paint.apply(Style.BAD, "not as told: ") + hanging("not as told: ", text));
    out.flush();
  }

  private static String hanging(String head, String text) {
    return Wrap.hanging(INDENT + head, text, Terminal.WIDTH).substring(INDENT.length() + head.length());
  }

  /** A command and what it printed, which may itself be as wide as the terminal. */
  void quote(String command, String output) {
    out.println(INDENT + paint.apply(Style.FAINT, "$ " + command));
    output.lines().forEach(out::println);
    out.flush();
  }

  /** A line of two parts; the second begins in the same column every time. */
  void pair(String left, Style style, String right) {
    int column = TEXT - 8;
    String cut = left.length() <= column ? left : left.substring(0, column - 3) + "...";
    out.println(
        INDENT + cut + " ".repeat(column - cut.length() + 1) + paint.apply(style, right));
    out.flush();
  }

  void drift(AgentStatus.Drift drift, Duration after) {
    String subject = drift.subject().substring(drift.subject().lastIndexOf('/') + 1);
    String change = drift.declared() + " -> " + drift.observed();
    String head = "  " + drift.app() + ": " + drift.layer() + " ";
    int room = TEXT - head.length() - subject.length() - 2;
    String shown = change.length() <= room ? change : change.substring(0, Math.max(0, room - 3)) + "...";
    String plain = head + subject + "  " + shown;
    String time = time(after);
    out.println(
        INDENT
            + head
            + paint.apply(Style.WARN, subject)
            + "  "
            + shown
            + " ".repeat(Math.max(1, TEXT + TIME - plain.length() - time.length()))
            + paint.apply(Style.FAINT, time));
    out.flush();
  }

  void table(Table table) {
    table.render(paint).lines().forEach(line -> out.println(INDENT + line));
    out.flush();
  }

  void end(boolean asTold, Duration total) {
    out.println();
    out.println(
        asTold
            ? paint.apply(Style.GOOD, "Every step came out as told") + ", in " + time(total) + "."
            : paint.apply(Style.BAD, "Not every step came out as told") + "; " + time(total) + ".");
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
