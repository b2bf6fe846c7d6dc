package dev.sandbar.apiserver;

import java.io.ByteArrayInputStream;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** PKCS #10 requests, as a device would make them. */
final class CertificateRequests {
  private CertificateRequests() {}

  static String pem(String user, String group) {
    KeyPair keys = Authority.newKeys();
    try {
      byte[] der =
          new JcaPKCS10CertificationRequestBuilder(
                  new X500Name("O=" + group + ",CN=" + user), keys.getPublic())
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
              .getEncoded();
      return "-----BEGIN CERTIFICATE REQUEST-----\n%s\n-----END CERTIFICATE REQUEST-----\n"
          .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static String subject(String base64Pem) {
    try {
      return ((X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(
                      new ByteArrayInputStream(Base64.getDecoder().decode(base64Pem))))
          .getSubjectX500Principal()
          .getName();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
