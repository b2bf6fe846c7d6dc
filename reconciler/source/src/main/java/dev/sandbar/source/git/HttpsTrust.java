package dev.sandbar.source.git;

import dev.sandbar.source.secret.Authorities;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.util.Arrays;
import javax.net.ssl.SSLSocketFactory;
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
      return Authorities.tls(authorities)
          .orElseThrow(() -> new CertificateException("no certificate"))
          .getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new CredentialFileException("the CA file holds no PEM certificate");
    }
  }
}
