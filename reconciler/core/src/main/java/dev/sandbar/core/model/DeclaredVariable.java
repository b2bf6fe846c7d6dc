package dev.sandbar.core.model;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A variable that a spec declares: {@code ${variables.NAME}} in its texts stands for the value that
 * the device gives it.
 *
 * @param values that it can have; an empty list for any of its type
 * @param minimum the least number, of an integer
 * @param maximum the greatest number, of an integer
 * @param otherwise the value where the device gives none; empty if the device must give one
 */
public record DeclaredVariable(
    String name,
    Type type,
    List<String> values,
    int minimum,
    int maximum,
    String otherwise,
    Location at) {

  /** What a name is, as a regular expression. */
  public static final String NAMES = "[A-Za-z]([-A-Za-z0-9_]{0,61}[A-Za-z0-9])?";

  /** What to write instead of another name. */
  public static final String NAME_HELP =
      "use a letter, then at most 62 letters, digits, and inner '-' and '_'";

  /** What an integer is, as a regular expression. */
  public static final String INTEGERS = "-?(0|[1-9][0-9]{0,8})";

  /**
   * What any value is, as a regular expression. Without a dollar no value can be a variable again,
   * or make one of the text beside it.
   */
  public static final String VALUES = "[^$\\x00-\\x1f\\x7f]+";

  /** What to write instead of another value. */
  public static final String VALUE_HELP =
      "write one line of at most %d characters without $".formatted(SpecBounds.LONGEST_VALUE);

  /** The greatest integer; the least is as far below zero. */
  public static final int GREATEST = 999_999_999;

  private static final Pattern NAME = Pattern.compile(NAMES);
  private static final Pattern INTEGER = Pattern.compile(INTEGERS);
  private static final Pattern VALUE = Pattern.compile(VALUES);
  private static final List<String> FLAGS = List.of("true", "false");

  public DeclaredVariable {
    values = List.copyOf(values);
  }

  /** What values a variable can have. */
  public enum Type implements Written {
    /** One line of text. */
    STRING("String"),
    /** A whole number in decimal digits. */
    INTEGER("Integer"),
    /** {@code true} or {@code false}. */
    BOOLEAN("Boolean");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /** Whether a variable can have that name. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** Whether some variable can have that value. */
  public static boolean isValue(String value) {
    return value.length() <= SpecBounds.LONGEST_VALUE
        && VALUE.matcher(value).matches()
        && SafeText.problemIn(value).isEmpty();
  }

  /** What a value must be and this one is not, such as {@code an integer}; empty if it is that. */
  public Optional<String> wanted(String value) {
    boolean fits =
        switch (type) {
          case STRING -> isValue(value) && (values.isEmpty() || values.contains(value));
          case INTEGER -> INTEGER.matcher(value).matches() && inRange(Integer.parseInt(value));
          case BOOLEAN -> FLAGS.contains(value);
        };
    return fits ? Optional.empty() : Optional.of(wanted());
  }

  private boolean inRange(int number) {
    return number >= minimum && number <= maximum;
  }

  private String wanted() {
    return switch (type) {
      case STRING ->
          values.isEmpty()
              ? "one line of text without $"
              : "one of " + String.join(", ", values.stream().map(SafeText::shown).toList());
      case INTEGER ->
          minimum == -GREATEST && maximum == GREATEST
              ? "an integer"
              : "an integer from %d to %d".formatted(minimum, maximum);
      case BOOLEAN -> "true or false";
    };
  }
}
