package dev.sandbar.core.model;

import java.util.Optional;

/**
 * The name of a systemd unit (systemd.unit(5)), at most 255 bytes; of a template only its instances
 * have one.
 */
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

  /** The service that Sandbar writes for an app which runs a program of its own. */
  public static UnitName own(AppName app) {
    return new UnitName(PREFIX + app.value() + SERVICE);
  }

  /** The app that Sandbar writes this service for; empty for any other unit. */
  public Optional<AppName> ownApp() {
    if (!value.startsWith(PREFIX) || !value.endsWith(SERVICE)) {
      return Optional.empty();
    }
    String name = value.substring(PREFIX.length(), value.length() - SERVICE.length());
    return AppName.isValid(name) ? Optional.of(new AppName(name)) : Optional.empty();
  }

  /** Whether it is a service: of Sandbar's units, those of apps are and no other is. */
  public boolean isService() {
    return value.endsWith(SERVICE);
  }

  /** What is after the last dot of its name, as {@code service}. */
  public String type() {
    return value.substring(value.lastIndexOf('.') + 1);
  }

  /** Whether text is the name of a unit. */
  public static boolean isValid(String text) {
    if (text.length() > 255 || text.indexOf('.') < 1 || text.startsWith("@") || isTemplate(text)) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!word && ":-_.\\@".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  /** A template has no instance between the first @ and the suffix. */
  private static boolean isTemplate(String text) {
    int at = text.indexOf('@');
    return at >= 0 && at + 1 >= text.lastIndexOf('.');
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
