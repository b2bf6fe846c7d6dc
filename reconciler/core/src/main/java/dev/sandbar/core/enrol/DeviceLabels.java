package dev.sandbar.core.enrol;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Labels of a Device in one line: {@code line=3,site=berlin}, sorted by key. */
public final class DeviceLabels {
  /** Longer ones are not read. The policy device-enrolment.sandbar.dev has the same number. */
  public static final int MAX_TEXT = 2_048;

  private static final int MAX_PREFIX = 253;
  private static final int MAX_NAME = 63;
  private static final Pattern PREFIX = Pattern.compile("[a-z0-9.-]+");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]+");

  private DeviceLabels() {}

  /** The line; empty if there are none. */
  public static String text(Map<String, String> labels) {
    return new TreeMap<>(labels)
        .entrySet().stream()
            .map(label -> label.getKey() + "=" + label.getValue())
            .collect(Collectors.joining(","));
  }

  /**
   * Reads a line, in any order.
   *
   * @return empty if it is no such line: what is returned can be printed as it is
   */
  public static Optional<SortedMap<String, String>> read(String text) {
    var labels = new TreeMap<String, String>();
    if (text.length() > MAX_TEXT) {
      return Optional.empty();
    }
    if (text.isEmpty()) {
      return Optional.of(labels);
    }
    for (String label : text.split(",", -1)) {
      int equals = label.indexOf('=');
      if (equals < 0) {
        return Optional.empty();
      }
      String key = label.substring(0, equals);
      String value = label.substring(equals + 1);
      if (!isKey(key)
          || !(value.isEmpty() || isName(value))
          || labels.putIfAbsent(key, value) != null) {
        return Optional.empty();
      }
    }
    return Optional.of(labels);
  }

  private static boolean isKey(String key) {
    int slash = key.indexOf('/');
    String prefix = key.substring(0, Math.max(0, slash));
    return (slash < 0
            || (prefix.length() <= MAX_PREFIX
                && PREFIX.matcher(prefix).matches()
                && isBounded(prefix)))
        && isName(key.substring(slash + 1));
  }

  private static boolean isName(String text) {
    return text.length() <= MAX_NAME && NAME.matcher(text).matches() && isBounded(text);
  }

  /** Whether it begins and ends with a letter or a digit. */
  private static boolean isBounded(String text) {
    return Character.isLetterOrDigit(text.charAt(0))
        && Character.isLetterOrDigit(text.charAt(text.length() - 1));
  }
}
