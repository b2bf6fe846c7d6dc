package dev.sandbar.operator.publish;

import dev.sandbar.core.model.Sha256;

/** The name of the AppContent that holds a content of a namespace. */
public final class ContentName {
  private static final int DIGITS = 32;

  private ContentName() {}

  /**
   * The name.
   *
   * @param key of the namespace, which no device may read ({@link AppContents#key})
   */
  public static String of(String key, Sha256 digest) {
    return "content-" + Sha256.of(key + "/" + digest.hex()).hex().substring(0, DIGITS);
  }
}
