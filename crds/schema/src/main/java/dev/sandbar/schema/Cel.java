package dev.sandbar.schema;

import java.util.Collection;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Literals of the Common Expression Language. */
final class Cel {

  /** Absolute paths in normal form, as the reader of specs takes them. */
  static final String PATH = "^(/|(/([^/.][^/]*|[.][^/.][^/]*|[.][.][^/]+))+)$";

  /** Text that a unit file can hold: no control characters but tab, no backslash at the end. */
  static final String SAFE =
      "^([^\\x00-\\x08\\x0a-\\x1f\\x7f]*[^\\x00-\\x08\\x0a-\\x1f\\x7f\\\\])?$";

  /** Names of volumes and network namespaces. */
  static final String NAME = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";

  /** Names of apps. */
  static final String APP = "^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$";

  /** What is escaped, and sets of characters; or what repeats a group and gives nothing back. */
  private static final Pattern POSSESSIVE =
      Pattern.compile("(\\\\.|\\[(?:[^\\]\\\\]|\\\\.)*+\\])|([)](?:[*+?]|[{][0-9,]{1,9}[}]))[+]");

  private Cel() {}

  static String text(String value) {
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'";
  }

  static String list(Collection<String> values) {
    return values.stream().map(Cel::text).collect(Collectors.joining(", ", "[", "]"));
  }

  static String map(Map<String, String> values) {
    return values.entrySet().stream()
        .map(e -> text(e.getKey()) + ": " + text(e.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /** Whether the expression's text matches. */
  static String matches(String expression, String pattern) {
    return expression + ".matches(" + pattern(pattern) + ")";
  }

  /**
   * A regular expression of Java's as a text of CEL. Where it repeats a group it says that nothing
   * of it is given back ({@code *+}), so that the stack does not grow with the text; the
   * expressions of CEL (RE2) need no such word and have none.
   */
  static String pattern(String java) {
    return text(POSSESSIVE.matcher(java).replaceAll("$1$2"));
  }
}
