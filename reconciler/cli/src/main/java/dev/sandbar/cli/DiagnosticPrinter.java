package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.cli.terminal.Wrap;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Diagnostic.Severity;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.SafeText;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/**
 * Shows a person what is wrong: {@code file:line:column: error: what}, the line itself, and the
 * help.
 *
 * @param texts content of the files that locations name
 */
record DiagnosticPrinter(PrintStream to, Paint paint, Map<String, String> texts) {
  private static final String INDENT = "    ";

  /** Prints all of them. */
  void print(List<Diagnostic> diagnostics) {
    diagnostics.forEach(this::print);
  }

  private void print(Diagnostic diagnostic) {
    boolean error = diagnostic.severity() == Severity.ERROR;
    String place =
        diagnostic.at().equals(Location.NOWHERE) ? "" : SafeText.visible(diagnostic.at() + ": ");
    // The first line is for editors too: it is never broken.
    to.println(
        paint.apply(Style.STRONG, place)
            + paint.apply(error ? Style.BAD : Style.WARN, error ? "error: " : "warning: ")
            + diagnostic.message());
    excerpt(diagnostic.at());
    if (!diagnostic.help().isEmpty()) {
      to.println(Wrap.hanging(INDENT + "help: ", diagnostic.help(), Terminal.WIDTH));
    }
  }

  private void excerpt(Location at) {
    String text = texts.getOrDefault(at.file(), "");
    String line =
        at.line() < 1
            ? ""
            : text.lines().skip(at.line() - 1L).findFirst().orElse("").replace('\t', ' ');
    int room = Terminal.WIDTH - INDENT.length() - 2;
    // A line that a terminal could take for commands is not shown.
    boolean harmless = line.chars().noneMatch(c -> c < ' ' || (c >= 0x7f && c < 0xa0));
    if (line.isBlank() || !harmless || at.column() > room) {
      return;
    }
    // What turns the direction of writing, or does not show, would make another line of it.
    String shown = SafeText.visible(SafeText.cut(line, room));
    to.println(paint.apply(Style.FAINT, INDENT + "| " + shown));
    to.println(
        paint.apply(Style.FAINT, INDENT + "| " + " ".repeat(Math.max(0, at.column() - 1)) + "^"));
  }
}
