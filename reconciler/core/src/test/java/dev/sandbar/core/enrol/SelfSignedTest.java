package dev.sandbar.core.enrol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;

/** A certificate that others read as it was meant. */
class SelfSignedTest {
  @Test
  void itIsReadAsItWasMeant() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    var name = new X500Principal("CN=sandbar-operator");
    Instant from = Instant.parse("2026-03-04T05:06:07Z");
    Instant until = Instant.parse("2051-03-04T05:06:07Z");
    byte[] der =
        new SelfSigned(name, pair.getPublic().getEncoded(), from, until)
            .der(
                BigInteger.valueOf(0xff01),
                message -> {
                  Signature signature = Signature.getInstance("SHA256withECDSA");
                  signature.initSign(pair.getPrivate());
                  signature.update(message);
                  return signature.sign();
                });
    var read =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der));
    read.verify(pair.getPublic());
    assertThat(read.getSubjectX500Principal()).isEqualTo(name);
    assertThat(read.getIssuerX500Principal()).isEqualTo(name);
    assertThat(read.getNotBefore().toInstant()).isEqualTo(from);
    assertThat(read.getNotAfter().toInstant()).isEqualTo(until);
    assertThat(read.getSerialNumber()).isEqualTo(BigInteger.valueOf(0xff01));
  }
}
