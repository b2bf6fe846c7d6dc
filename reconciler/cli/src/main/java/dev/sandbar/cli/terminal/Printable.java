package dev.sandbar.cli.terminal;

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
    for (int i = 0; i < text.length(); i++) {
      if (isHarmful(text.charAt(i))) {
        return replaced(text);
      }
    }
    return text;
  }

  private static String replaced(String text) {
    var safe = new StringBuilder(text);
    for (int i = 0; i < safe.length(); i++) {
      if (isHarmful(safe.charAt(i))) {
        safe.setCharAt(i, REPLACEMENT);
      }
    }
    return safe.toString();
  }

  private static boolean isHarmful(char c) {
    return (c < ' ' && c != '\n')
        || (c >= 0x7f && c <= 0x9f)
        || (c >= 0x202a && c <= 0x202e)
        || (c >= 0x2066 && c <= 0x2069);
  }
}
