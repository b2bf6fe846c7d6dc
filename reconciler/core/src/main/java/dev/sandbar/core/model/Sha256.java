package dev.sandbar.core.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 digest as 64 lower-case hexadecimal digits. */
public record Sha256(String hex) implements Comparable<Sha256> {

  /** Digits of a digest. */
  public static final int HEX_LENGTH = 64;

  public Sha256 {
    if (!isValid(hex)) {
      throw new IllegalArgumentException("not a SHA-256 digest: " + hex);
    }
  }

  /** Whether the text is a digest. */
  public static boolean isValid(String text) {
    if (text.length() != HEX_LENGTH) {
      return false;
    }
    for (int i = 0; i < HEX_LENGTH; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  /** The digest of the bytes. */
  public static Sha256 of(byte[] bytes) {
    return new Sha256(HexFormat.of().formatHex(digest().digest(bytes)));
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /**
   * The digest of the text in UTF-8. An unpaired surrogate, which UTF-8 has no bytes for, counts as
   * the three bytes of its number: Java would write a question mark for each, and texts that differ
   * would have one digest.
   */
  public static Sha256 of(String text) {
    MessageDigest digest = digest();
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        continue;
      }
      digest.update(text.substring(from, i).getBytes(StandardCharsets.UTF_8));
      digest.update((byte) (0xe0 | (c >> 12)));
      digest.update((byte) (0x80 | ((c >> 6) & 0x3f)));
      digest.update((byte) (0x80 | (c & 0x3f)));
      from = i + 1;
    }
    digest.update(text.substring(from).getBytes(StandardCharsets.UTF_8));
    return new Sha256(HexFormat.of().formatHex(digest.digest()));
  }

  /** The first twelve digits, for people. */
  public String abbreviated() {
    return hex.substring(0, 12);
  }

  @Override
  public int compareTo(Sha256 other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
