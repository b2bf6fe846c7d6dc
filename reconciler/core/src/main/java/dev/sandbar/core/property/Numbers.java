package dev.sandbar.core.property;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.function.ToLongFunction;

/** Numbers as unit files write them (systemd.syntax(7), systemd.time(7), systemd.exec(5)). */
final class Numbers {

  private static final Map<String, Long> MICROSECONDS =
      Map.ofEntries(
          Map.entry("us", 1L),
          Map.entry("usec", 1L),
          Map.entry("ms", 1_000L),
          Map.entry("msec", 1_000L),
          Map.entry("", 1_000_000L),
          Map.entry("s", 1_000_000L),
          Map.entry("sec", 1_000_000L),
          Map.entry("second", 1_000_000L),
          Map.entry("seconds", 1_000_000L),
          Map.entry("m", 60_000_000L),
          Map.entry("min", 60_000_000L),
          Map.entry("minute", 60_000_000L),
          Map.entry("minutes", 60_000_000L),
          Map.entry("h", 3_600_000_000L),
          Map.entry("hr", 3_600_000_000L),
          Map.entry("hour", 3_600_000_000L),
          Map.entry("hours", 3_600_000_000L),
          Map.entry("d", 86_400_000_000L),
          Map.entry("day", 86_400_000_000L),
          Map.entry("days", 86_400_000_000L),
          Map.entry("w", 604_800_000_000L),
          Map.entry("week", 604_800_000_000L),
          Map.entry("weeks", 604_800_000_000L));

  private static final String INFINITY = "infinity";
  private static final BigDecimal INFINITE =
      new BigDecimal(BigInteger.TWO.pow(Long.SIZE).subtract(BigInteger.ONE));

  private Numbers() {}

  static boolean flag(String text) {
    return switch (word(text)) {
      case "yes" -> true;
      case "no" -> false;
      default -> throw new IllegalArgumentException("not a boolean: " + text);
    };
  }

  /** The word itself; all spellings of a boolean become {@code yes} and {@code no}. */
  static String word(String text) {
    return switch (text) {
      case "1", "yes", "y", "true", "t", "on" -> "yes";
      case "0", "no", "n", "false", "f", "off" -> "no";
      default -> text;
    };
  }

  static long count(String text) {
    return text.equals(INFINITY) ? -1 : Long.parseUnsignedLong(text);
  }

  static long size(String text, int base) {
    if (text.equals(INFINITY)) {
      return -1;
    }
    int end = text.length();
    while (end > 0 && !isDigit(text.charAt(end - 1))) {
      end--;
    }
    int power =
        switch (text.substring(end).strip()) {
          case "", "B" -> 0;
          case "K" -> 1;
          case "M" -> 2;
          case "G" -> 3;
          case "T" -> 4;
          case "P" -> 5;
          case "E" -> 6;
          default -> throw new IllegalArgumentException("not a size: " + text);
        };
    return bits(
        new BigDecimal(text.substring(0, end)).multiply(BigDecimal.valueOf(base).pow(power)), text);
  }

  /** The bits of an unsigned number; all ones is infinity, so no figure may reach it. */
  private static long bits(BigDecimal number, String text) {
    if (number.compareTo(INFINITE) >= 0) {
      throw new IllegalArgumentException("too large: " + text);
    }
    return number.longValue();
  }

  /** Microseconds. */
  static long time(String text) {
    if (text.strip().equals(INFINITY)) {
      return -1;
    }
    String rest = text.strip();
    if (rest.isEmpty()) {
      throw new IllegalArgumentException("not a time: " + text);
    }
    BigDecimal sum = BigDecimal.ZERO;
    while (!rest.isEmpty()) {
      int number = 0;
      while (number < rest.length()
          && (isDigit(rest.charAt(number)) || rest.charAt(number) == '.')) {
        number++;
      }
      int unit = number;
      while (unit < rest.length() && !isDigit(rest.charAt(unit))) {
        unit++;
      }
      Long scale = MICROSECONDS.get(rest.substring(number, unit).strip());
      if (scale == null || number == 0) {
        throw new IllegalArgumentException("not a time: " + text);
      }
      sum =
          sum.add(
              new BigDecimal(rest.substring(0, number))
                  .multiply(BigDecimal.valueOf(scale))
                  .setScale(0, RoundingMode.DOWN));
      rest = rest.substring(unit);
    }
    return bits(sum, text);
  }

  /** CPU time in microseconds per second from a percentage of one CPU. */
  static long quota(String text) {
    if (!text.endsWith("%")) {
      throw new IllegalArgumentException("not a percentage: " + text);
    }
    return new BigDecimal(text.substring(0, text.length() - 1).strip())
        .multiply(BigDecimal.valueOf(10_000))
        .longValue();
  }

  /**
   * A limit as {@code soft:hard}, or one figure where both are the same.
   *
   * @param reader of a figure other than infinity
   * @throws IllegalArgumentException also if the soft one is higher, which systemd ignores
   */
  static String limit(String text, ToLongFunction<String> reader) {
    int colon = text.indexOf(':');
    long soft = part(colon < 0 ? text : text.substring(0, colon), reader);
    long hard = colon < 0 ? soft : part(text.substring(colon + 1), reader);
    if (Long.compareUnsigned(soft, hard) > 0) {
      throw new IllegalArgumentException("the soft limit is above the hard one: " + text);
    }
    return showLimit(soft, hard);
  }

  static String showLimit(long soft, long hard) {
    return soft == hard ? showAmount(hard) : showAmount(soft) + ":" + showAmount(hard);
  }

  static String showAmount(long bits) {
    return bits == -1 ? INFINITY : Long.toUnsignedString(bits);
  }

  private static long part(String text, ToLongFunction<String> reader) {
    return text.equals(INFINITY) ? -1 : reader.applyAsLong(text);
  }

  /** A length of time in seconds, rounded up. */
  static long wholeSeconds(String text) {
    return BigDecimal.valueOf(time(text))
        .divide(BigDecimal.valueOf(1_000_000), RoundingMode.CEILING)
        .setScale(0, RoundingMode.CEILING)
        .longValue();
  }

  /** A length of time in microseconds; so is a plain number. */
  static long micros(String text) {
    return !text.isEmpty() && isDigit(text.charAt(text.length() - 1)) ? count(text) : time(text);
  }

  /** A nice level with its sign, or the raw figure. */
  static long nice(String text) {
    return text.startsWith("+") || text.startsWith("-")
        ? 20 - Integer.parseInt(text)
        : Long.parseLong(text);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
