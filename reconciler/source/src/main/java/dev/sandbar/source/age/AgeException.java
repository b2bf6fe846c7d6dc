package dev.sandbar.source.age;

/**
 * Something of age cannot be used. The message is a clause that never holds any part of a secret or
 * of a key, and so nothing that the library says.
 */
public final class AgeException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String help;

  AgeException(String message, String help) {
    super(message);
    this.help = help;
  }

  /** What to do. */
  public String help() {
    return help;
  }
}
