package dev.sandbar.core.bundle;

import dev.sandbar.core.model.Sha256;

/**
 * By what a packed {@link SyscallTable} is known where it does not stand itself: {@code sha256:}
 * and 64 hexadecimal digits.
 */
public final class TableDigest {
  private static final String PREFIX = "sha256:";

  private TableDigest() {}

  /** Of a table. */
  public static String of(String packed) {
    return PREFIX + Sha256.of(packed).hex();
  }

  /** Whether it is one; what a device reports may begin as one does. */
  public static boolean isDigest(String text) {
    return text.startsWith(PREFIX) && Sha256.isValid(text.substring(PREFIX.length()));
  }
}
