package dev.sandbar.source.secret;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;

/** The certificate authorities trusted for a server. */
public final class TrustedAuthorities {

  private static final int LONGEST = 1 << 20;

  private TrustedAuthorities() {}

  /** What came of reading a file. */
  public sealed interface Reading {

    /** Only the authorities of the file are trusted. */
    record Trusted(SSLContext context) implements Reading {}

    /** It cannot be used. */
    record Unusable(String reason) implements Reading {}
  }

  /** The authorities that the Java platform trusts. */
  public static SSLContext system() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the Java platform has no TLS", e);
    }
  }

  /** The authorities of a PEM file, instead of the platform's. */
  public static Reading from(Path file) {
    byte[] pem;
    try (InputStream in = Files.newInputStream(file)) {
      pem = in.readNBytes(LONGEST);
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
