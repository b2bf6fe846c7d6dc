package dev.sandbar.apiserver;

import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;

/**
 * A key with the certificate that an {@link Authority} gave it.
 *
 * @param certificate X.509 certificate
 * @param keys the key pair it is for
 */
record ClientCertificate(X509Certificate certificate, KeyPair keys) {
  String certificatePem() {
    try {
      return pem("CERTIFICATE", certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** PKCS #8. */
  String keyPem() {
    return privatePem(keys.getPrivate());
  }

  static String privatePem(Key key) {
    return pem("PRIVATE KEY", key.getEncoded());
  }

  static String publicPem(Key key) {
    return pem("PUBLIC KEY", key.getEncoded());
  }

  private static String pem(String label, byte[] der) {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, body, label);
  }
}
