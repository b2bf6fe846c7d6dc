package dev.sandbar.core.model;

import java.util.Optional;

/**
 * What text may ever reach a unit file. systemd starts a new line at LF, CR and NUL alike, and a
 * trailing backslash swallows the next line; with either, a value becomes directives of its own or
 * makes others vanish (measured on systemd 257 and 262).
 */
public final class SafeText {

  /** The longest value, in characters. */
  public static final int MAX_LENGTH = 4096;

  private SafeText() {}

  /** Why the text cannot stand in a unit file, as the end of a sentence; empty if it can. */
  public static Optional<String> problemIn(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 && c != '\t' || c == 0x7f) {
        return Optional.of("holds " + nameOf(c) + " at character " + (i + 1));
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return Optional.of("is not valid Unicode at character " + (i + 1));
      }
    }
    if (text.endsWith("\\")) {
      return Optional.of("ends with a backslash");
    }
    return Optional.empty();
  }

  private static String nameOf(char c) {
    return switch (c) {
      case '\n' -> "a newline";
      case '\r' -> "a carriage return";
      case 0 -> "a NUL";
      default -> "the control character U+%04X".formatted((int) c);
    };
  }
}
