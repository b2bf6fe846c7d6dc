package dev.sandbar.core.model;

/**
 * The name of an app: an RFC 1123 label of at most 50 characters, so that the unit name and the
 * state directory made from it stay valid everywhere.
 */
public record AppName(String value) implements Comparable<AppName> {

  /** The longest name, in characters. */
  public static final int MAX_LENGTH = 50;

  public AppName {
    if (!isValid(value)) {
      throw new IllegalArgumentException("not an app name: " + value);
    }
  }

  /** Whether the text can be the name of an app. */
  public static boolean isValid(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      boolean inner = i > 0 && i < text.length() - 1;
      if (!alphanumeric && !(inner && c == '-')) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int compareTo(AppName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
