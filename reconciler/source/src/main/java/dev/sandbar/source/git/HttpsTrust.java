package dev.sandbar.source.git;

import dev.sandbar.source.secret.Authorities;
import dev.sandbar.source.secret.TrustedAuthorities;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes TLS sockets that trust the given authorities alone. The maker stays the same for as long as
 * the authorities do: the JVM reuses a connection, or the session of one, only for the same maker,
 * and a whole handshake for each request would be most of what a look costs.
 */
final class HttpsTrust {
  private static final byte[] NONE = {};

  private byte @Nullable [] pem;
  private @Nullable SSLSocketFactory made;

  /**
   * The sockets for these PEM certificates.
   *
   * @param authorities nothing for those that the process trusts
   */
  synchronized SSLSocketFactory sockets(Optional<byte[]> authorities, GitReach reach)
      throws CredentialFileException {
    byte[] wanted = authorities.orElse(NONE);
    SSLSocketFactory known = made;
    if (known != null && Arrays.equals(wanted, pem)) {
      return known;
    }
    SSLSocketFactory real =
        authorities.isPresent()
            ? make(wanted)
            : TrustedAuthorities.sockets()
                .orElseGet(() -> TrustedAuthorities.system().getSocketFactory());
    SSLSocketFactory fresh = reach.isAnywhere() ? real : new ReachSockets(real, reach);
    pem = wanted.clone();
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
