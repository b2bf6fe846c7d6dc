package dev.sandbar.core.convert;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A file of variables as systemd reads it (systemd.exec(5), EnvironmentFile=): quotes, also over
 * several lines, a backslash that protects what is behind it, and comments.
 */
public final class EnvironmentText {

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /** What a backslash protects between double quotes; before anything else it is itself. */
  private static final String PROTECTED = "\"\\`$";

  private EnvironmentText() {}

  /** Its variables, the last one of a name. What is no assignment is passed over. */
  public static SortedMap<String, String> read(String text) {
    return new Reader(text).read();
  }

  private static final class Reader {
    private final String text;
    private final SortedMap<String, String> variables = new TreeMap<>();
    private int at;

    Reader(String text) {
      this.text = text.replace("\r\n", "\n");
    }

    SortedMap<String, String> read() {
      while (at < text.length()) {
        char c = text.charAt(at);
        if (c == '#' || c == ';') {
          comment();
        } else if (Character.isWhitespace(c)) {
          at++;
        } else {
          assignment();
        }
      }
      return variables;
    }

    /** One that ends with a backslash goes on in the next line. */
    private void comment() {
      while (at < text.length() && text.charAt(at) != '\n') {
        at += text.charAt(at) == '\\' ? 2 : 1;
      }
    }

    private void assignment() {
      int begin = at;
      while (at < text.length() && text.charAt(at) != '=' && text.charAt(at) != '\n') {
        at++;
      }
      if (at >= text.length() || text.charAt(at) == '\n') {
        return;
      }
      String name = text.substring(begin, at).strip();
      at++;
      String value = value();
      if (NAME.matcher(name).matches()) {
        variables.put(name, value);
      }
    }

    private String value() {
      var value = new StringBuilder();
      // Blanks at the end do not count, but those in quotes or behind a backslash.
      int kept = 0;
      boolean begun = false;
      while (at < text.length() && text.charAt(at) != '\n') {
        char c = text.charAt(at);
        if (c == '"' || c == '\'') {
          at++;
          quoted(c, value);
          kept = value.length();
          begun = true;
        } else if (c == '\\') {
          at++;
          if (at < text.length() && text.charAt(at) != '\n') {
            value.append(text.charAt(at));
            kept = value.length();
            begun = true;
          }
          at++;
        } else {
          if (begun || !Character.isWhitespace(c)) {
            value.append(c);
            begun = true;
          }
          kept = Character.isWhitespace(c) ? kept : value.length();
          at++;
        }
      }
      return value.substring(0, kept);
    }

    private void quoted(char quote, StringBuilder value) {
      while (at < text.length() && text.charAt(at) != quote) {
        char c = text.charAt(at++);
        if (c != '\\' || quote == '\'' || at >= text.length()) {
          value.append(c);
          continue;
        }
        char next = text.charAt(at++);
        if (next != '\n') {
          value.append(PROTECTED.indexOf(next) >= 0 ? "" : "\\").append(next);
        }
      }
      at++;
    }
  }
}
