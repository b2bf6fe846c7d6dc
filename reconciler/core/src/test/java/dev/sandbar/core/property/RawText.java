package dev.sandbar.core.property;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the notation in which the recorded property values are kept: {@code true}, {@code -1},
 * {@code "text"}, {@code [array]}, {@code (structure)}.
 */
public final class RawText {

  private final String text;
  private int at;

  private RawText(String text) {
    this.text = text;
  }

  public static Raw read(String text) {
    return new RawText(text).value();
  }

  private Raw value() {
    char c = text.charAt(at);
    if (c == '[') {
      return new Raw.Array(sequence(']'));
    }
    if (c == '(') {
      return new Raw.Tuple(sequence(')'));
    }
    if (c == '"') {
      return new Raw.Str(string());
    }
    int start = at;
    while (at < text.length() && " ])".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String word = text.substring(start, at);
    if (word.equals("true") || word.equals("false")) {
      return new Raw.Bool(word.equals("true"));
    }
    return new Raw.Int(word.startsWith("-") ? Long.parseLong(word) : Long.parseUnsignedLong(word));
  }

  private List<Raw> sequence(char end) {
    at++;
    var items = new ArrayList<Raw>();
    while (text.charAt(at) != end) {
      items.add(value());
      if (text.charAt(at) == ' ') {
        at++;
      }
    }
    at++;
    return items;
  }

  private String string() {
    at++;
    var plain = new StringBuilder();
    while (text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c == '\\') {
        char escaped = text.charAt(at++);
        plain.append(
            switch (escaped) {
              case 'n' -> '\n';
              case 't' -> '\t';
              case 'r' -> '\r';
              default -> escaped;
            });
      } else {
        plain.append(c);
      }
    }
    at++;
    return plain.toString();
  }
}
