package dev.sandbar.source.text;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.List;

/** The diagnostics of one file; bounded, so that a hostile file cannot fill memory with them. */
final class FileDiagnostics {
  private static final int MOST = 50;
  private static final String OTHERS = "further problems of this file are not shown";

  private final List<Diagnostic> diagnostics = new ArrayList<>();
  private int count;

  void error(Problem problem, Location at, String message, String help) {
    count++;
    if (count <= MOST) {
      diagnostics.add(Diagnostic.error(problem, at, message, help));
    } else if (count == MOST + 1) {
      diagnostics.add(Diagnostic.error(problem, at, OTHERS, "Fix the ones above first"));
    }
  }

  /** How many errors were found so far, also those that are not shown. */
  int count() {
    return count;
  }

  List<Diagnostic> all() {
    return diagnostics;
  }

  /** A foreign text as it may stand in a message: one short line. */
  static String shorten(String text) {
    String line =
        text.codePoints()
            .limit(60)
            .map(c -> Character.isISOControl(c) ? '?' : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    return line.length() < text.length() ? line + "..." : line;
  }
}
