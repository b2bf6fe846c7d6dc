package dev.sandbar.source.secret;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** The certificate authorities trusted for a server. */
public final class TrustedAuthorities {

  private static final int LONGEST = 1 << 20;

  /** One, once a process has more authorities than the platform. */
  private static final AtomicReference<List<Extended>> EXTENDED = new AtomicReference<>(List.of());

  private TrustedAuthorities() {}

  /** The same factory for as long as the authorities are, so that connections are used again. */
  private record Extended(SSLContext context, SSLSocketFactory sockets, TrustManager[] managers) {}

  /**
   * From now on this process trusts the authorities of a PEM file too, wherever it trusts those of
   * the platform.
   */
  public static Reading extend(Path file) {
    try {
      Collection<? extends Certificate> more = Authorities.read(bytes(file));
      if (more.isEmpty()) {
        return new Reading.Unusable(file + " holds no certificate");
      }
      TrustManager[] managers = Authorities.trusting(withPlatform(more));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers, null);
      EXTENDED.set(List.of(new Extended(context, context.getSocketFactory(), managers)));
      return new Reading.Trusted(context);
    } catch (IOException e) {
      return new Reading.Unusable(file + " cannot be read (" + e.getClass().getSimpleName() + ")");
    } catch (GeneralSecurityException e) {
      return new Reading.Unusable(file + " is not a file of PEM certificates");
    }
  }

  /** From now on this process trusts those of the platform alone. */
  public static void reset() {
    EXTENDED.set(List.of());
  }

  private static List<Certificate> withPlatform(Collection<? extends Certificate> more)
      throws GeneralSecurityException {
    var all = new ArrayList<Certificate>(more);
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager platform) {
        all.addAll(List.of(platform.getAcceptedIssuers()));
      }
    }
    return all;
  }

  /** Sockets that trust what {@link #system} does; empty if that is the platform alone. */
  public static Optional<SSLSocketFactory> sockets() {
    return EXTENDED.get().stream().map(Extended::sockets).findFirst();
  }

  /** What decides as {@link #system} does; empty if that is the platform alone. */
  public static Optional<TrustManager[]> managers() {
    return EXTENDED.get().stream().map(Extended::managers).findFirst();
  }

  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(LONGEST);
    }
  }

  /** What came of reading a file. */
  public sealed interface Reading {

    /** Only the authorities of the file are trusted. */
    record Trusted(SSLContext context) implements Reading {}

    /** It cannot be used. */
    record Unusable(String reason) implements Reading {}
  }

  /** The authorities that the Java platform trusts, and those of {@link #extend}. */
  public static SSLContext system() {
    try {
      List<Extended> extended = EXTENDED.get();
      return extended.isEmpty() ? SSLContext.getDefault() : extended.getFirst().context();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the Java platform has no TLS", e);
    }
  }

  /** The authorities of a PEM file, instead of the platform's. */
  public static Reading from(Path file) {
    byte[] pem;
    try {
      pem = bytes(file);
    } catch (IOException e) {
      return new Reading.Unusable(file + " cannot be read (" + e.getClass().getSimpleName() + ")");
    }
    try {
      return Authorities.tls(pem)
          .<Reading>map(Reading.Trusted::new)
          .orElseGet(() -> new Reading.Unusable(file + " holds no certificate"));
    } catch (GeneralSecurityException e) {
      return new Reading.Unusable(file + " is not a file of PEM certificates");
    }
  }
}
