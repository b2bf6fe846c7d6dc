package dev.sandbar.device.identity;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.HexFormat;
import javax.security.auth.x500.X500Principal;

/**
 * Writes a request for a certificate: PKCS#10, RFC 2986, without extensions. Five DER elements; the
 * name and the key come encoded from the Java platform. A library for it would be ten megabytes on
 * every device.
 */
final class CertificationRequest {
  private static final int SEQUENCE = 0x30;
  private static final int BIT_STRING = 0x03;

  /** version INTEGER 0. */
  private static final byte[] VERSION = HexFormat.of().parseHex("020100");

  /** attributes [0], none. */
  private static final byte[] ATTRIBUTES = HexFormat.of().parseHex("a000");

  /** ecdsa-with-SHA256, RFC 5758. */
  private static final byte[] ECDSA = HexFormat.of().parseHex("300a06082a8648ce3d040302");

  /** sha256WithRSAEncryption, RFC 8017. */
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d01010b0500");

  private CertificationRequest() {}

  /** DER of a request for the subject, signed by the key that it is about. */
  static byte[] der(X500Principal subject, DeviceKey key) throws GeneralSecurityException {
    byte[] info =
        element(SEQUENCE, VERSION, subject.getEncoded(), key.publicKey().getEncoded(), ATTRIBUTES);
    Signature signature = Signature.getInstance(key.isRsa() ? "SHA256withRSA" : "SHA256withECDSA");
    signature.initSign(key.privateKey());
    signature.update(info);
    byte[] noUnusedBits = {0};
    return element(
        SEQUENCE,
        info,
        key.isRsa() ? RSA : ECDSA,
        element(BIT_STRING, noUnusedBits, signature.sign()));
  }

  private static byte[] element(int tag, byte[]... contents) {
    var content = new ByteArrayOutputStream();
    for (byte[] part : contents) {
      content.writeBytes(part);
    }
    int length = content.size();
    var out = new ByteArrayOutputStream();
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length & 0xFF);
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }
}
