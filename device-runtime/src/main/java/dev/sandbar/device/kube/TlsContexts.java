package dev.sandbar.device.kube;

import dev.sandbar.source.secret.Authorities;
import dev.sandbar.source.secret.SecretFile;
import dev.sandbar.source.secret.TrustedAuthorities;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** Makes TLS contexts of files. */
final class TlsContexts {
  private static final int LONGEST = 1 << 20;
  private static final char[] IN_MEMORY = new char[0];

  private TlsContexts() {}

  /** The device's own files cannot be used; the message names the file and never its content. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    Unusable(String message) {
      super(message);
    }
  }

  static SSLContext of(Trust trust, ApiCredentials credentials) throws Unusable {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(credentials), authorities(trust), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new Unusable("TLS cannot be set up (" + e.getClass().getSimpleName() + ")");
    }
  }

  static SSLContext recording(ChainRecorder recorder) throws Unusable {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {recorder}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new Unusable("TLS cannot be set up (" + e.getClass().getSimpleName() + ")");
    }
  }

  private static TrustManager @Nullable [] authorities(Trust trust)
      throws Unusable, GeneralSecurityException {
    return switch (trust) {
      case Trust.Platform() -> TrustedAuthorities.managers().orElse(null);
      case Trust.Authorities(Path file) -> Authorities.trusting(authorities(file));
    };
  }

  private static List<X509Certificate> authorities(Path file) throws Unusable {
    List<X509Certificate> authorities;
    try (var in = Files.newInputStream(file)) {
      authorities = Pem.certificates(new String(in.readNBytes(LONGEST), StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new Unusable(file + " cannot be read (" + e.getClass().getSimpleName() + ")");
    } catch (GeneralSecurityException e) {
      throw new Unusable(file + " is not a file of PEM certificates");
    }
    if (authorities.isEmpty()) {
      throw new Unusable(file + " holds no PEM certificate");
    }
    return authorities;
  }

  /** What a file of credentials holds, in the clear. */
  static String content(Path file, int longest, FileDecryption decryption) throws Unusable {
    return switch (new SecretFile(file, longest).read()) {
      case SecretFile.Reading.Secret(byte[] bytes) -> {
        try {
          yield new String(decryption.decrypted(bytes), StandardCharsets.US_ASCII);
        } catch (IOException e) {
          throw new Unusable(file + ": " + e.getMessage());
        }
      }
      case SecretFile.Reading.Unusable(String reason) -> throw new Unusable(reason);
    };
  }

  private static KeyManager @Nullable [] keys(ApiCredentials credentials)
      throws Unusable, GeneralSecurityException, IOException {
    if (!(credentials
        instanceof ApiCredentials.ClientCertificate(Path file, FileDecryption decryption))) {
      return null;
    }
    String pem = content(file, LONGEST, decryption);
    try {
      List<X509Certificate> chain = Pem.certificates(pem);
      if (chain.isEmpty()) {
        throw new Unusable(file + " holds no certificate");
      }
      PrivateKey key =
          Pem.privateKey(pem, chain.getFirst().getPublicKey())
              .orElseThrow(() -> new Unusable(file + " holds no private key"));
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("device", key, IN_MEMORY, chain.toArray(Certificate[]::new));
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, IN_MEMORY);
      return factory.getKeyManagers();
    } catch (GeneralSecurityException e) {
      throw new Unusable(
          file
              + " does not hold a certificate and its private key, unencrypted (openssl pkcs8 -topk8"
              + " -nocrypt -in KEY writes a key in the common form)");
    }
  }
}
