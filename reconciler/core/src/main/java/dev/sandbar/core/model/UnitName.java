package dev.sandbar.core.model;

import java.util.Optional;

/** The name of a systemd unit (systemd.unit(5)), at most 255 bytes, never a template. */
public record UnitName(String value) implements Comparable<UnitName> {

  private static final String PREFIX = "sandbar-";
  private static final String SERVICE = ".service";

  /**
   * The slice in which every app runs. Sandbar owns it, so nobody else's IP list is inherited from
   * it.
   */
  public static final UnitName SLICE = new UnitName("sandbar.slice");

  /** The target that wants every app: stopping it stops all of them. */
  public static final UnitName TARGET = new UnitName("sandbar.target");

  public UnitName {
    if (!isValid(value)) {
      throw new IllegalArgumentException("not a unit name: " + value);
    }
  }

  /** The service of an app. */
  public static UnitName of(AppName app) {
    return new UnitName(PREFIX + app.value() + SERVICE);
  }

  /** The app whose service this is; empty for any other unit. */
  public Optional<AppName> app() {
    if (!value.startsWith(PREFIX) || !value.endsWith(SERVICE)) {
      return Optional.empty();
    }
    String name = value.substring(PREFIX.length(), value.length() - SERVICE.length());
    return AppName.isValid(name) ? Optional.of(new AppName(name)) : Optional.empty();
  }

  private static boolean isValid(String text) {
    if (text.length() > 255 || text.indexOf('.') < 1) {
      return false;
    }
    return text.chars()
        .allMatch(
            c ->
                (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || ":-_.\\".indexOf(c) >= 0);
  }

  @Override
  public int compareTo(UnitName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
