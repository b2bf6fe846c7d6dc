package dev.sandbar.source.git;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes TLS sockets that trust the given authorities alone. The maker stays the same for as long as
 * the authorities do: the JVM reuses a connection, or the session of one, only for the same maker,
 * and a whole handshake for each request would be most of what a look costs.
 */
final class HttpsTrust {
  private byte @Nullable [] pem;
  private @Nullable SSLSocketFactory made;

  /** The sockets for these PEM certificates. */
  synchronized SSLSocketFactory sockets(byte[] authorities) throws CredentialFileException {
    SSLSocketFactory known = made;
    if (known != null && Arrays.equals(authorities, pem)) {
      return known;
    }
    SSLSocketFactory fresh = make(authorities);
    pem = authorities.clone();
    made = fresh;
    return fresh;
  }

  private static SSLSocketFactory make(byte[] authorities) throws CredentialFileException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int index = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(authorities))) {
        store.setCertificateEntry("ca-" + index++, certificate);
      }
      if (index == 0) {
        throw new CertificateException("no certificate");
      }
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (IOException | GeneralSecurityException e) {
      throw new CredentialFileException("the CA file holds no PEM certificate");
    }
  }
}
