package dev.sandbar.cli.terminal;

import dev.sandbar.core.model.SafeText;

/**
 * Text as it may reach a terminal. What a device reports of itself is a stranger's: a control
 * character in it could move the cursor, retitle the window or hide what follows, and one that
 * turns the direction of writing could make a path read as another.
 */
public final class Printable {
  private static final char REPLACEMENT = '\uFFFD';

  private Printable() {}

  /** The text with a mark in place of each such character; line breaks stay. */
  public static String of(String text) {
    if (text.codePoints().noneMatch(Printable::isHarmful)) {
      return text;
    }
    var safe = new StringBuilder(text.length());
    text.codePoints().forEach(c -> safe.appendCodePoint(isHarmful(c) ? REPLACEMENT : c));
    return safe.toString();
  }

  private static boolean isHarmful(int c) {
    return c != '\n' && !SafeText.isVisible(c);
  }
}
