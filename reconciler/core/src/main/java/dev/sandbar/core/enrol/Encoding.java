package dev.sandbar.core.enrol;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.Base64;

/** How keys, certificates and requests are written. */
public final class Encoding {
  private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

  private Encoding() {}

  /** One block of PEM (RFC 7468), with a newline at the end. */
  public static String pem(String label, byte[] content) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(
            label,
            Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(content));
  }

  /**
   * A private key in PKCS#8 (RFC 5958): a version, what algorithm it is of, and the older form as
   * it is. The algorithm, with its curve, stands in the same words in the public key.
   *
   * @param older SEC 1 or PKCS#1
   */
  public static byte[] pkcs8(byte[] older, PublicKey publicKey) {
    byte[] algorithm = new Der(new Der(publicKey.getEncoded()).content(Der.SEQUENCE)).whole();
    return Der.element(Der.SEQUENCE, VERSION_0, algorithm, Der.element(Der.OCTET_STRING, older));
  }
}
