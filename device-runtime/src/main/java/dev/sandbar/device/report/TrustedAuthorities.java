package dev.sandbar.device.report;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Who may vouch for a server. */
final class TrustedAuthorities {

  private static final int LONGEST = 1 << 20;

  private TrustedAuthorities() {}

  /** What came of reading a file. */
  sealed interface Reading {

    /** Only the authorities of the file are trusted. */
    record Trusted(SSLContext context) implements Reading {}

    /** It cannot be used. */
    record Unusable(String reason) implements Reading {}
  }

  /** The authorities that the Java platform trusts. */
  static SSLContext system() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the Java platform has no TLS", e);
    }
  }

  /** The authorities of a PEM file, instead of the platform's. */
  static Reading from(Path file) {
    byte[] pem;
    try (InputStream in = Files.newInputStream(file)) {
      pem = in.readNBytes(LONGEST);
    } catch (IOException e) {
      return new Reading.Unusable(file + " cannot be read (" + e.getClass().getSimpleName() + ")");
    }
    try {
      Collection<? extends Certificate> authorities =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem));
      if (authorities.isEmpty()) {
        return new Reading.Unusable(file + " holds no certificate");
      }
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      int number = 0;
      for (Certificate authority : authorities) {
        store.setCertificateEntry("ca-" + number++, authority);
      }
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return new Reading.Trusted(context);
    } catch (GeneralSecurityException | IOException e) {
      return new Reading.Unusable(file + " is not a file of PEM certificates");
    }
  }
}
