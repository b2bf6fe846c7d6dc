package dev.sandbar.source;

/** What a source has at a path that a manifest names as the content of a file. */
public sealed interface Included {

  /** A file of text. */
  record Text(String text) implements Included {
    /** The content stays out of logs. */
    @Override
    public String toString() {
      return text.length() + " characters";
    }
  }

  /**
   * Nothing that can be used.
   *
   * @param why after the path: {@code is a symbolic link}
   * @param help what to do about it
   */
  record Unusable(String why, String help) implements Included {}
}
