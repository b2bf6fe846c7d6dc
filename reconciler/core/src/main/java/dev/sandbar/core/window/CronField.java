package dev.sandbar.core.window;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One of the five fields of cron times. */
enum CronField {
  MINUTE("minute", 0, 59, "[0-5]?[0-9]", List.of()),
  HOUR("hour", 0, 23, "[01]?[0-9]|2[0-3]", List.of()),
  DAY("day of the month", 1, 31, "0?[1-9]|[12][0-9]|3[01]", List.of()),
  MONTH(
      "month",
      1,
      12,
      "0?[1-9]|1[0-2]",
      List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")),
  WEEKDAY(
      "day of the week", 0, 7, "0?[0-7]", List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"));

  private static final Pattern ITEM =
      Pattern.compile("(\\*|\\?|([0-9A-Za-z]+)(-([0-9A-Za-z]+))?)(/([1-9][0-9]?))?");

  private final String title;
  private final int least;
  private final int most;
  private final String numbers;
  private final List<String> names;

  CronField(String title, int least, int most, String numbers, List<String> names) {
    this.title = title;
    this.least = least;
    this.most = most;
    this.numbers = numbers;
    this.names = names;
  }

  /** What became of a field. */
  sealed interface Read {
    /** One bit for each number. */
    record Bits(long bits) implements Read {}

    /** It cannot be read. */
    record Wrong(CronReading.Fault fault) implements Read {}
  }

  /** Whether a day so written is not every day; in steps it is not. */
  static boolean isRestricted(String text) {
    return Stream.of(text.split(",", -1)).noneMatch(item -> item.matches("[*?](/1)?"));
  }

  Read read(String text) {
    long bits = 0;
    for (String item : text.split(",", -1)) {
      Matcher matcher = ITEM.matcher(item);
      if (!matcher.matches()) {
        return wrong(item, "is none");
      }
      boolean all = matcher.group(2) == null;
      int from = all ? least : number(matcher.group(2));
      if (from < 0) {
        return wrong(matcher.group(2), "is none");
      }
      int to = from;
      if (all) {
        // Seven is Sunday once more.
        to = Math.min(most, this == WEEKDAY ? 6 : most);
      } else if (matcher.group(4) != null) {
        to = number(matcher.group(4));
        if (to < 0) {
          return wrong(matcher.group(4), "is none");
        }
      } else if (matcher.group(6) != null) {
        to = this == WEEKDAY ? 6 : most;
      }
      if (to < from) {
        return wrong(item, "ends before it begins");
      }
      int step = matcher.group(6) == null ? 1 : Integer.parseInt(matcher.group(6));
      for (int i = from; i <= to; i += step) {
        bits |= 1L << i;
      }
    }
    return new Read.Bits(bits);
  }

  private Read wrong(String part, String why) {
    return new Read.Wrong(
        new CronReading.Fault(
            "has the %s '%s', which %s".formatted(title, part, why),
            "write * or %s%s for the %s, a range such as %s-%s, a list with commas, or steps such as"
                    .formatted(
                        least + " to " + most,
                        names.isEmpty()
                            ? ""
                            : " or %s to %s".formatted(names.getFirst(), names.getLast()),
                        title,
                        least + 1,
                        least + 3)
                + " */2"));
  }

  /** The number; negative if the text is none of this field. */
  private int number(String text) {
    if (text.matches(numbers)) {
      return Integer.parseInt(text);
    }
    int name = names.indexOf(text.toUpperCase(Locale.ROOT));
    return name < 0 ? -1 : name + (this == MONTH ? 1 : 0);
  }

  private String item() {
    String value =
        Stream.concat(Stream.of(numbers), names.stream().map(CronField::anyCase))
            .collect(Collectors.joining("|", "(", ")"));
    return "([*?]|%s(-%s)?)(/[1-9][0-9]?)?".formatted(value, value);
  }

  private static String anyCase(String name) {
    return name.chars()
        .mapToObj(c -> "[%c%c]".formatted(c, Character.toLowerCase(c)))
        .collect(Collectors.joining());
  }

  /** Regular expression of five fields. */
  static String shape() {
    return Stream.of(values())
        .map(field -> "%s(,%s)*".formatted(field.item(), field.item()))
        .collect(Collectors.joining("[ \\t]+"));
  }
}
