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

  private static final int MOST_SHOWN = 60;

  /**
   * The longest message of a diagnostic, in characters: whatever it quotes, people must read it.
   */
  public static final int LONGEST_MESSAGE = 1000;

  private SafeText() {}

  /** At most so many characters, and no half of one. */
  public static String cut(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return text.substring(0, end);
  }

  /**
   * Whether it has nothing but what ASCII prints, without a backslash at its end: most text is so,
   * is visible, and has none of the problems that follow.
   */
  public static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return !text.endsWith("\\");
  }

  /** Why a unit file cannot contain the text, as the end of a sentence; empty if it can. */
  public static Optional<String> problemIn(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 && c != '\t' || c == 0x7f) {
        return Optional.of("holds " + nameOf(c) + " at character " + (i + 1));
      }
      int point = text.codePointAt(i);
      if (isNoncharacter(point)) {
        return Optional.of("holds the noncharacter U+%04X".formatted(point));
      }
      if (Character.isSupplementaryCodePoint(point)) {
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

  /**
   * Why the text cannot be the whole rest of a line, where nothing is quoted, as the end of a
   * sentence; empty if it can. systemd cuts blanks off both ends.
   */
  public static Optional<String> problemInLine(String text) {
    if (isPlain(text) && text.strip().equals(text)) {
      return Optional.empty();
    }
    if (text.indexOf('\t') >= 0) {
      return Optional.of("holds a tab");
    }
    Optional<String> invisible =
        text.codePoints()
            .filter(point -> point >= 0x80 && !isVisible(point) && !isNoncharacter(point))
            .mapToObj("holds the invisible character U+%04X"::formatted)
            .findFirst();
    if (invisible.isPresent() && problemIn(text).isEmpty()) {
      return invisible;
    }
    if (!text.strip().equals(text)) {
      return Optional.of("begins or ends with a blank");
    }
    return problemIn(text);
  }

  /**
   * A text of the input inside a message: in quotes, on one line, cut, with a question mark for
   * every character that a terminal or a log would not show as itself.
   */
  public static String shown(String text) {
    var out = new StringBuilder("'");
    for (int i = 0; i < Math.min(text.length(), MOST_SHOWN); i++) {
      char c = text.charAt(i);
      out.append(isShown(c) ? c : '?');
    }
    return out.append(text.length() > MOST_SHOWN ? "...'" : "'").toString();
  }

  /** The text with a question mark for every character that does not show as itself. */
  public static String visible(String text) {
    if (text.codePoints().allMatch(SafeText::isShown)) {
      return text;
    }
    var out = new StringBuilder(text.length());
    text.codePoints().forEach(point -> out.appendCodePoint(isShown(point) ? point : '?'));
    return out.toString();
  }

  /** A message with foreign text in it: visible, and no longer than people read. */
  public static String message(String text) {
    return text.length() <= LONGEST_MESSAGE
        ? visible(text)
        : visible(cut(text, LONGEST_MESSAGE - 3)) + "...";
  }

  /** Also without letters and marks that have no shape. */
  private static boolean isShown(int point) {
    return isVisible(point) && (point < 0x34f || !isShapeless(point));
  }

  /** Fillers and selectors of variants (Unicode, <em>Default_Ignorable_Code_Point</em>). */
  private static boolean isShapeless(int point) {
    return switch (point) {
      case 0x34f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2065, 0x2800, 0x3164, 0xffa0 -> true;
      default ->
          (point >= 0x180b && point <= 0x180f)
              || (point >= 0xfe00 && point <= 0xfe0f)
              || (point >= 0xfff0 && point <= 0xfff8)
              || (point >= 0xe0000 && point <= 0xe0fff);
    };
  }

  /** Whether a terminal, a log or an editor shows the character as itself. */
  public static boolean isVisible(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> !isNoncharacter(point);
    };
  }

  /** systemd takes a line that holds one for no UTF-8 and ignores it. */
  private static boolean isNoncharacter(int point) {
    return (point & 0xfffe) == 0xfffe || (point >= 0xfdd0 && point <= 0xfdef);
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
