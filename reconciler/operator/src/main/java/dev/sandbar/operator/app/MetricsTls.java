package dev.sandbar.operator.app;

import dev.sandbar.core.enrol.SelfSigned;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.security.auth.x500.X500Principal;

/**
 * TLS of the port of the metrics, by a key that is made anew with each process and never leaves it:
 * a token that is sent to it is not to be read on the way.
 */
final class MetricsTls {
  private static final Duration LIFE = Duration.ofDays(3650);
  private static final Duration SLOW_CLOCKS = Duration.ofDays(1);
  private static final int SERIAL_BITS = 120;

  private MetricsTls() {}

  static SSLContext context(Instant now) throws GeneralSecurityException, IOException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    var pair = generator.generateKeyPair();
    byte[] der =
        new SelfSigned(
                new X500Principal("CN=sandbar-operator"),
                pair.getPublic().getEncoded(),
                now.minus(SLOW_CLOCKS),
                now.plus(LIFE))
            .der(
                new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE),
                message -> {
                  Signature signature = Signature.getInstance("SHA256withECDSA");
                  signature.initSign(pair.getPrivate());
                  signature.update(message);
                  return signature.sign();
                });
    Certificate certificate =
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("metrics", pair.getPrivate(), new char[0], new Certificate[] {certificate});
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }
}
