package dev.sandbar.source.text;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Writes a node as JSON. The same node always gives the same bytes: keys in the order of the node,
 * numbers as they were written. Numbers that JSON cannot spell ({@code 0x1f}, {@code +1}, {@code
 * 012}) are respelled without a change of their value; {@code .inf} and {@code .nan} become text.
 */
public final class JsonWriter {
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
  private static final String HEX = "0123456789abcdef";

  private final StringBuilder out = new StringBuilder();
  private final boolean indented;

  private JsonWriter(boolean indented) {
    this.indented = indented;
  }

  /** On one line, without blanks, without a newline at the end. */
  public static String compact(Node node) {
    var writer = new JsonWriter(false);
    writer.write(node, 0);
    return writer.out.toString();
  }

  /** Two spaces per level, with a newline at the end. */
  public static String indented(Node node) {
    var writer = new JsonWriter(true);
    writer.write(node, 0);
    return writer.out.append('\n').toString();
  }

  private void write(Node node, int depth) {
    switch (node) {
      case Node.Scalar scalar -> writeScalar(scalar);
      case Node.Sequence(var _, var items) -> {
        out.append('[');
        for (int i = 0; i < items.size(); i++) {
          separate(i, depth + 1);
          write(items.get(i), depth + 1);
        }
        close(']', items.isEmpty(), depth);
      }
      case Node.Mapping(var _, var entries) -> {
        out.append('{');
        for (int i = 0; i < entries.size(); i++) {
          separate(i, depth + 1);
          quote(entries.get(i).key(), out);
          out.append(indented ? ": " : ":");
          write(entries.get(i).value(), depth + 1);
        }
        close('}', entries.isEmpty(), depth);
      }
    }
  }

  private void separate(int index, int depth) {
    if (index > 0) {
      out.append(',');
    }
    newLine(depth);
  }

  private void close(char bracket, boolean empty, int depth) {
    if (!empty) {
      newLine(depth);
    }
    out.append(bracket);
  }

  private void newLine(int depth) {
    if (indented) {
      out.append('\n').repeat("  ", depth);
    }
  }

  private void writeScalar(Node.Scalar scalar) {
    switch (scalar.kind()) {
      case TEXT -> quote(scalar.text(), out);
      case NULL -> out.append("null");
      case BOOLEAN -> out.append(scalar.text().toLowerCase(Locale.ROOT));
      case INTEGER, DECIMAL -> out.append(number(scalar.kind(), scalar.text()));
    }
  }

  private static String number(Kind kind, String text) {
    if (NUMBER.matcher(text).matches()) {
      return text;
    }
    if (ScalarForm.kindOf(text) != kind) {
      throw new IllegalArgumentException("not a number: " + YamlTree.shorten(text));
    }
    if (text.startsWith("0x")) {
      return new BigInteger(text.substring(2), 16).toString();
    }
    if (text.startsWith("0o")) {
      return new BigInteger(text.substring(2), 8).toString();
    }
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.endsWith("inf") || lower.endsWith("nan")) {
      return '"' + text + '"';
    }
    String sign = text.startsWith("-") ? "-" : "";
    String digits = lower.replaceFirst("^[-+]", "");
    String whole = digits.replaceFirst("[.e].*$", "").replaceFirst("^0+(?=[0-9])", "");
    String rest = digits.replaceFirst("^[0-9]*", "").replaceFirst("^\\.(?=e|$)", "");
    return sign + (whole.isEmpty() ? "0" : whole) + rest;
  }

  /** Appends the text in double quotes; what JSON, YAML or a terminal could misread is escaped. */
  static void quote(String text, StringBuilder out) {
    if (StrictText.hasLoneSurrogate(text)) {
      throw new IllegalArgumentException("the text holds half a character");
    }
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (needsEscape(c)) {
            out.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
              out.append(HEX.charAt((c >> shift) & 0xF));
            }
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** Control and formatting characters: line separators, byte order mark, direction overrides. */
  static boolean needsEscape(char c) {
    return Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT
        || c == '\u2028'
        || c == '\u2029'
        || c == '\ufffe'
        || c == '\uffff';
  }
}
