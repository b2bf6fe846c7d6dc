package dev.sandbar.core.property;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Undoes the quoting of unit files (systemd.syntax(7), systemd.unit(5), section Specifiers): the
 * inverse of the renderer.
 */
public final class Unquoting {

  private Unquoting() {}

  /** The words of a value; quotes and backslashes undone, C escapes read, {@code %%} made one. */
  public static List<String> split(String value) {
    return split(value, " \t", true);
  }

  /** The words of a value whose backslashes only protect the character after them. */
  static List<String> splitPlain(String value) {
    return split(value, " \t", false);
  }

  /**
   * The parts of each word of a value: words are apart by blanks, parts by colons. A quote can
   * stand around a part or around the whole word.
   */
  static List<List<String>> splitTuples(String value) {
    var tuples = new ArrayList<List<String>>();
    var reader = new Reader(value, true);
    while (reader.skipBlanks()) {
      var parts = new ArrayList<String>();
      do {
        parts.add(unescapeSpecifiers(reader.next(" \t:")));
      } while (reader.skipColon());
      tuples.add(parts);
    }
    return tuples;
  }

  private static List<String> split(String value, String separators, boolean escapes) {
    var words = new ArrayList<String>();
    var reader = new Reader(value, escapes);
    while (reader.skipBlanks()) {
      words.add(unescapeSpecifiers(reader.next(separators)));
    }
    return words;
  }

  /** One command of an Exec line at a time: every list is one command, its first word the path. */
  public static List<List<String>> splitCommands(String value) {
    var commands = new ArrayList<List<String>>();
    var words = new ArrayList<String>();
    var reader = new Reader(value, true);
    while (reader.skipBlanks()) {
      if (reader.atBareSemicolon()) {
        commands.add(List.copyOf(words));
        words.clear();
      } else {
        words.add(unescapeSpecifiers(reader.next(" \t")));
      }
    }
    if (!words.isEmpty()) {
      commands.add(List.copyOf(words));
    }
    return commands;
  }

  /** Makes {@code %%} one percent sign. */
  static String unescapeSpecifiers(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    var plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        if (i + 1 >= text.length() || text.charAt(i + 1) != '%') {
          throw new IllegalArgumentException("a specifier cannot be foretold: " + text);
        }
        i++;
      }
      plain.append(c);
    }
    return plain.toString();
  }

  private static final class Reader {
    private final String text;
    private final boolean escapes;
    private int at;

    Reader(String text, boolean escapes) {
      this.text = text;
      this.escapes = escapes;
    }

    boolean skipBlanks() {
      while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
        at++;
      }
      return at < text.length();
    }

    boolean skipColon() {
      if (at < text.length() && text.charAt(at) == ':') {
        at++;
        return true;
      }
      return false;
    }

    boolean atBareSemicolon() {
      boolean alone = at + 1 >= text.length() || " \t".indexOf(text.charAt(at + 1)) >= 0;
      if (text.charAt(at) != ';' || !alone) {
        return false;
      }
      at++;
      return true;
    }

    String next(String separators) {
      int end = at;
      while (end < text.length() && isPlain(text.charAt(end), separators)) {
        end++;
      }
      if (end == text.length() || separators.indexOf(text.charAt(end)) >= 0) {
        String plain = text.substring(at, end);
        at = end;
        return plain;
      }
      return unquoted(separators);
    }

    /** Whether it stands for itself wherever it is. */
    private static boolean isPlain(char c, String separators) {
      return c < 128 && c != '\\' && c != '"' && c != '\'' && separators.indexOf(c) < 0;
    }

    private String unquoted(String separators) {
      var bytes = new Bytes();
      char quote = 0;
      while (at < text.length()) {
        int c = text.codePointAt(at);
        if (quote == 0 && c < 128 && separators.indexOf(c) >= 0) {
          break;
        }
        at += Character.charCount(c);
        if (c == '\\') {
          escape(bytes);
        } else if (quote != 0 && c == quote) {
          quote = 0;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
          quote = (char) c;
        } else {
          append(bytes, c);
        }
      }
      if (quote != 0) {
        throw new IllegalArgumentException("a quote is not closed: " + text);
      }
      return bytes.text();
    }

    private void escape(Bytes bytes) {
      if (at >= text.length()) {
        throw new IllegalArgumentException("a backslash ends the line: " + text);
      }
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      if (!escapes) {
        append(bytes, c);
        return;
      }
      switch (c) {
        case 'a' -> bytes.write(7);
        case 'b' -> bytes.write('\b');
        case 'f' -> bytes.write('\f');
        case 'n' -> bytes.write('\n');
        case 'r' -> bytes.write('\r');
        case 't' -> bytes.write('\t');
        case 'v' -> bytes.write(11);
        case 's' -> bytes.write(' ');
        case '\\', '"', '\'', ';', ':' -> append(bytes, c);
        case 'x' -> bytes.write(digits(2, 16));
        case 'u' -> append(bytes, digits(4, 16));
        case 'U' -> append(bytes, digits(8, 16));
        case '0', '1', '2', '3' -> {
          at--;
          bytes.write(digits(3, 8));
        }
        default -> throw new IllegalArgumentException("an unknown escape: " + text);
      }
    }

    private int digits(int count, int radix) {
      if (at + count > text.length()) {
        throw new IllegalArgumentException("an escape is too short: " + text);
      }
      int value = Integer.parseInt(text, at, at + count, radix);
      at += count;
      return value;
    }

    private static void append(Bytes bytes, int codePoint) {
      if (codePoint < 128) {
        bytes.write(codePoint);
        return;
      }
      bytes.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
    }
  }

  /**
   * Bytes that are UTF-8 only when all are there: an escape can stand for a part of a character.
   */
  private static final class Bytes {
    private final StringBuilder text = new StringBuilder();

    void write(int value) {
      text.append((char) (value & 0xff));
    }

    void writeBytes(byte[] values) {
      for (byte value : values) {
        write(value);
      }
    }

    String text() {
      byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
