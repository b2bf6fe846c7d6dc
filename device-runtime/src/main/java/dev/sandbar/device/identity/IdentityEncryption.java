package dev.sandbar.device.identity;

import dev.sandbar.core.enrol.Encoding;
import dev.sandbar.device.kube.FileDecryption;
import dev.sandbar.device.kube.Pem;
import dev.sandbar.device.store.TpmKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encrypts the files of an identity with a key under the TPM2, where the device has one. Each file
 * holds what it takes to decrypt it: that key, encrypted by the TPM2, and the content, encrypted by
 * that key. So a file is whole by itself, a change of it stays one rename, and what another TPM2
 * encrypted can stand beside it.
 *
 * <p>The TPM2 is asked once in the life of a process; the key is kept in memory.
 */
final class IdentityEncryption implements FileDecryption {
  private static final Logger LOG = LoggerFactory.getLogger(IdentityEncryption.class);

  private static final String KEY = "SANDBAR TPM2 KEY";
  private static final String CONTENT = "SANDBAR ENCRYPTED CONTENT";
  private static final String MARK = "-----BEGIN " + KEY + "-----";
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;
  private static final int KEY_BYTES = 32;

  /**
   * A TPM2 that failed is left alone for so long, and twice as long after each further failure:
   * each request would otherwise ask it.
   */
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(20);

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  private static final Duration MADE_AGAIN = Duration.ofHours(1);

  private final TpmKeys tpm;
  private final LongSupplier nanoTime;
  private final SecureRandom random = new SecureRandom();

  private @Nullable Opened current;
  private @Nullable Failed notOpened;
  private @Nullable Failed notMade;

  /** A key in both forms. */
  private record Opened(byte[] encrypted, SecretKey key) {}

  /** What did not work, when, and how long it is not tried again. */
  private record Failed(byte[] encrypted, String message, long at, Duration pause) {
    Duration nextPause() {
      Duration twice = pause.multipliedBy(2);
      return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }
  }

  /**
   * That of a device.
   *
   * @param nanoTime as {@link System#nanoTime}
   */
  IdentityEncryption(TpmKeys tpm, LongSupplier nanoTime) {
    this.tpm = tpm;
    this.nanoTime = nanoTime;
  }

  private boolean isRecent(Failed failed) {
    return nanoTime.getAsLong() - failed.at() < failed.pause().toNanos();
  }

  /** The file was encrypted by a TPM2 that does not answer, was cleared, or is not there. */
  static final class KeyUnavailableException extends IOException {
    private static final long serialVersionUID = 1L;

    KeyUnavailableException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Whether what stands in a file is encrypted. */
  static boolean isEncrypted(byte[] stored) {
    return new String(stored, StandardCharsets.US_ASCII).startsWith(MARK);
  }

  /**
   * Encrypts the content of a file.
   *
   * @return the content itself where the device has no TPM2 that can be used
   */
  synchronized byte[] encrypted(byte[] content) throws IOException {
    Opened with = current == null ? made() : current;
    if (with == null) {
      return content;
    }
    byte[] nonce = new byte[NONCE];
    random.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, with, nonce).doFinal(content);
      byte[] both = Arrays.copyOf(nonce, NONCE + sealed.length);
      System.arraycopy(sealed, 0, both, NONCE, sealed.length);
      return (Encoding.pem(KEY, with.encrypted()) + Encoding.pem(CONTENT, both))
          .getBytes(StandardCharsets.US_ASCII);
    } catch (GeneralSecurityException e) {
      throw new IOException("not encrypted", e);
    }
  }

  @Override
  public byte[] decrypted(byte[] stored) throws IOException {
    // What is in the clear does not wait for a TPM2 that makes a key.
    return isEncrypted(stored) ? content(stored) : stored;
  }

  private synchronized byte[] content(byte[] stored) throws IOException {
    try {
      String pem = new String(stored, StandardCharsets.US_ASCII);
      List<byte[]> keys = Pem.blocks(pem, KEY);
      List<byte[]> contents = Pem.blocks(pem, CONTENT);
      if (keys.size() != 1 || contents.size() != 1 || contents.getFirst().length <= NONCE) {
        throw new IOException("it is not whole");
      }
      byte[] both = contents.getFirst();
      return cipher(Cipher.DECRYPT_MODE, opened(keys.getFirst()), Arrays.copyOf(both, NONCE))
          .doFinal(both, NONCE, both.length - NONCE);
    } catch (GeneralSecurityException e) {
      throw new IOException("it was changed since it was encrypted", e);
    }
  }

  private static Cipher cipher(int mode, Opened with, byte[] nonce)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, with.key(), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(with.encrypted());
    return cipher;
  }

  private Opened opened(byte[] encrypted) throws IOException, GeneralSecurityException {
    Opened known = current;
    if (known != null && Arrays.equals(known.encrypted(), encrypted)) {
      return known;
    }
    Failed failed = notOpened;
    boolean same = failed != null && Arrays.equals(failed.encrypted(), encrypted);
    if (failed != null && same && isRecent(failed)) {
      throw new KeyUnavailableException(failed.message(), null);
    }
    try {
      Opened now = asked(encrypted);
      notOpened = null;
      current = now;
      return now;
    } catch (IOException e) {
      String message =
          (tpm.present()
                  ? "the TPM2 of this device does not decrypt the key of its identity; it was"
                      + " cleared or replaced, or does not answer: "
                  : "the key of this device's identity is encrypted by a TPM2, and the device has"
                      + " none: ")
              + e.getMessage();
      notOpened =
          new Failed(
              encrypted,
              message,
              nanoTime.getAsLong(),
              failed != null && same ? failed.nextPause() : FIRST_PAUSE);
      throw new KeyUnavailableException(message, e);
    }
  }

  private Opened asked(byte[] encrypted) throws IOException, GeneralSecurityException {
    byte[] secret = tpm.open(encrypted);
    try {
      return new Opened(
          encrypted,
          KDF.getInstance("HKDF-SHA256")
              .deriveKey(
                  "AES",
                  HKDFParameterSpec.ofExtract()
                      .addIKM(secret)
                      .thenExpand(
                          "sandbar identity".getBytes(StandardCharsets.US_ASCII), KEY_BYTES)));
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /** Why nothing is encrypted although there is a TPM2; empty if it is, or there is none. */
  synchronized String failure() {
    return notMade == null ? "" : notMade.message();
  }

  /** A new key that the TPM2 has been seen to open; null if there is none to be had. */
  private @Nullable Opened made() {
    Failed failed = notMade;
    if (!tpm.present() || (failed != null && isRecent(failed))) {
      return null;
    }
    try {
      Opened now = asked(tpm.make());
      notMade = null;
      current = now;
      return now;
    } catch (IOException | GeneralSecurityException e) {
      String message = String.valueOf(e.getMessage());
      if (failed == null || !failed.message().equals(message)) {
        LOG.warn(
            "action=encrypt-identity outcome=failed the keys of this device's identity stay in the"
                + " clear, although it has a TPM2: {}",
            message);
      }
      notMade = new Failed(new byte[0], message, nanoTime.getAsLong(), MADE_AGAIN);
      return null;
    }
  }
}
