package dev.sandbar.device.kernel;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The SHA-256 digest of a stream of bytes. By the library that the distribution has for it where
 * that is there (OpenSSL's libcrypto, which systemd needs too): it uses the processor's own
 * instructions, which Java does only in code of its second compiler. An agent runs without that one
 * for the sake of its memory, and would take ten times as long for an image.
 */
public abstract sealed class StreamDigest permits LibCryptoDigest, StreamDigest.OfJava {

  /** That of no bytes yet. */
  public static StreamDigest sha256() {
    return LibCryptoDigest.begin().orElseGet(() -> new OfJava(platform()));
  }

  /** The digest of what remains in the buffer. */
  public static byte[] sha256(ByteBuffer bytes) {
    return LibCryptoDigest.of(bytes)
        .orElseGet(
            () -> {
              var digest = new OfJava(platform());
              digest.update(bytes);
              return digest.digest();
            });
  }

  /** Takes in what remains in the buffer. */
  public abstract void update(ByteBuffer bytes);

  /** The digest of what was taken in so far; more may follow. */
  public abstract byte[] digest();

  private static MessageDigest platform() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** By the platform alone. */
  static final class OfJava extends StreamDigest {
    private final MessageDigest state;

    private OfJava(MessageDigest state) {
      this.state = state;
    }

    static OfJava begin() {
      return new OfJava(platform());
    }

    @Override
    public void update(ByteBuffer bytes) {
      state.update(bytes);
    }

    @Override
    public byte[] digest() {
      try {
        return ((MessageDigest) state.clone()).digest();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError("SHA-256 of every Java platform can be cloned", e);
      }
    }
  }
}
