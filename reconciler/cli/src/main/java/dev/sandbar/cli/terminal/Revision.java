package dev.sandbar.cli.terminal;

/** Revisions as people read them. */
public final class Revision {
  private static final int DIGITS = 8;

  private Revision() {}

  /** {@code main@sha1:3b1f0c5a} of a revision such as {@code main@sha1:3b1f0c5a...}. */
  public static String shortened(String revision) {
    int hash = revision.lastIndexOf(':') + 1;
    String rest = revision.substring(hash);
    return rest.matches("[0-9a-f]{40,64}")
        ? revision.substring(0, hash) + rest.substring(0, DIGITS)
        : revision;
  }
}
