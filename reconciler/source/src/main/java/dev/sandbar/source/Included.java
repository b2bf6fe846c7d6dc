package dev.sandbar.source;

/** What there is of something that a manifest names as the content of a file. */
public sealed interface Included {

  /** Text. */
  record Text(String text) implements Included {
    /** The content stays out of logs. */
    @Override
    public String toString() {
      return text.length() + " characters";
    }
  }

  /** A value that only the cluster knows: what names it stays as it is. */
  record InCluster() implements Included {}

  /**
   * Nothing that can be used.
   *
   * @param why after what was named: {@code is a symbolic link}
   * @param help what to do about it
   */
  record Unusable(String why, String help) implements Included {}
}
