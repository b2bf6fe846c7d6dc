package dev.sandbar.core.enrol;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.HexFormat;

/** Requests as devices, and others, write them. */
final class Requests {
  static final String UID = "0b0e6b3e-3c1c-4a53-9a54-6f7c5d1a2b3c";
  static final DeviceUser PUMP = new DeviceUser("line-1", "pump-7");

  private Requests() {}

  static KeyPair key(String curve) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }

  static String spki(KeyPair key) {
    return base64(key.getPublic().getEncoded());
  }

  static CertificateRequest.Signer signer(KeyPair key) {
    return message -> {
      var signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(key.getPrivate());
      signature.update(message);
      return signature.sign();
    };
  }

  static byte[] honest(KeyPair key) throws GeneralSecurityException {
    return new CertificateRequest(PUMP, UID, spki(key)).pem(signer(key));
  }

  /** A request of any subject and attributes, correctly signed and wrapped. */
  static byte[] any(KeyPair key, byte[] subject, String attributes)
      throws GeneralSecurityException {
    byte[] info =
        Der.element(
            Der.SEQUENCE,
            HexFormat.of().parseHex("020100"),
            subject,
            key.getPublic().getEncoded(),
            HexFormat.of().parseHex(attributes));
    byte[] der =
        Der.element(
            Der.SEQUENCE,
            info,
            HexFormat.of().parseHex("300a06082a8648ce3d040302"),
            Der.element(Der.BIT_STRING, new byte[1], signer(key).sign(info)));
    return block(der);
  }

  static byte[] block(byte[] der) {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return bytes(
        "-----BEGIN CERTIFICATE REQUEST-----\n" + body + "\n-----END CERTIFICATE REQUEST-----\n");
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
