package dev.sandbar.cli.fleet;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The public key in a PKCS#10 request (RFC 2986): {@code SEQUENCE { SEQUENCE { INTEGER version,
 * SEQUENCE subject, SEQUENCE subjectPublicKeyInfo, ...}, ...}}. The API server has checked the
 * request; this only finds the key.
 */
final class SigningRequest {
  private static final int SEQUENCE = 0x30;
  private static final int INTEGER = 0x02;

  private final byte[] der;
  private int position;

  private SigningRequest(byte[] der) {
    this.der = der;
  }

  /**
   * Finds the key.
   *
   * @param request {@code spec.request} of a CertificateSigningRequest: PEM in base64
   * @return SubjectPublicKeyInfo, DER; empty if this is no request
   */
  static Optional<byte[]> publicKey(String request) {
    try {
      String pem = new String(Base64.getDecoder().decode(request), StandardCharsets.US_ASCII);
      String body =
          pem.replaceAll("-----(BEGIN|END) (NEW )?CERTIFICATE REQUEST-----", "")
              .replaceAll("\\s", "");
      var reader = new SigningRequest(Base64.getDecoder().decode(body));
      reader.enter(SEQUENCE);
      reader.enter(SEQUENCE);
      reader.skip(INTEGER);
      reader.skip(SEQUENCE);
      return Optional.of(reader.whole(SEQUENCE));
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      return Optional.empty();
    }
  }

  /** The digest of a key in hexadecimal, as a person compares it. */
  static String fingerprint(byte[] key) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(key);
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  private void enter(int tag) {
    head(tag);
  }

  private void skip(int tag) {
    int length = head(tag);
    position = Math.addExact(position, length);
  }

  private byte[] whole(int tag) {
    int begin = position;
    int end = Math.addExact(head(tag), position);
    if (end > der.length) {
      throw new IndexOutOfBoundsException(end);
    }
    return Arrays.copyOfRange(der, begin, end);
  }

  /** Reads tag and length (X.690, 8.1.3): the length of what follows. */
  private int head(int tag) {
    if ((der[position++] & 0xff) != tag) {
      throw new IllegalArgumentException("another element was expected");
    }
    int first = der[position++] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int bytes = first & 0x7f;
    if (bytes == 0 || bytes > 3) {
      throw new IllegalArgumentException("the length is not one of DER");
    }
    int length = 0;
    for (int i = 0; i < bytes; i++) {
      length = (length << 8) | (der[position++] & 0xff);
    }
    return length;
  }
}
