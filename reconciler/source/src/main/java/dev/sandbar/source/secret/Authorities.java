package dev.sandbar.source.secret;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * The certificate authorities trusted for a server, instead of the authorities that the Java
 * platform trusts.
 */
public final class Authorities {
  private Authorities() {}

  /** TLS that trusts the certificates of a PEM text alone; empty if it has none. */
  public static Optional<SSLContext> tls(byte[] pem) throws GeneralSecurityException {
    Collection<? extends Certificate> authorities = read(pem);
    if (authorities.isEmpty()) {
      return Optional.empty();
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trusting(authorities), null);
    return Optional.of(context);
  }

  static Collection<? extends Certificate> read(byte[] pem) throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(pem));
  }

  /** Trusts these alone. */
  public static TrustManager[] trusting(Collection<? extends Certificate> authorities)
      throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    try {
      store.load(null, null);
    } catch (IOException e) {
      throw new KeyStoreException(e);
    }
    int number = 0;
    for (Certificate authority : authorities) {
      store.setCertificateEntry("ca-" + number++, authority);
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }
}
