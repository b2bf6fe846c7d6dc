package dev.sandbar.source.net;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.PKIXReason;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLException;

/**
 * Why there is no TLS with a server, in the same words wherever one is asked: for Git, images,
 * webhooks and the Kubernetes API.
 *
 * @param message what is wrong, without a full stop
 * @param help what to do, as an imperative sentence without a full stop
 */
public record TlsFault(Kind kind, String message, String help) {

  private static final int DEEPEST_CAUSE = 12;
  private static final int LONGEST_DETAIL = 200;

  private static final String SET_THE_CLOCK =
      "Set the clock of this machine if it is wrong, else renew the certificate of the server";

  /** What is wrong. */
  public enum Kind {
    /** It was valid. */
    EXPIRED,
    /** It will be valid, or the clock was not set. */
    NOT_YET_VALID,
    /** It is for a server of another name. */
    OTHER_NAME,
    /** No authority is known that has signed it. */
    UNKNOWN_AUTHORITY,
    /** It is not accepted for another reason. */
    CERTIFICATE,
    /** It does not come to a certificate. */
    PROTOCOL;

    /** Whether the server has shown a certificate that is not accepted. */
    public boolean isOfCertificate() {
      return this != PROTOCOL;
    }
  }

  /**
   * What a failure says of TLS; empty if it is something else.
   *
   * @param server as people know it
   */
  public static Optional<TlsFault> of(Throwable failure, String server) {
    return of(failure, server, Instant.now());
  }

  static Optional<TlsFault> of(Throwable failure, String server, Instant now) {
    return find(failure, SSLException.class).map(tls -> read(tls, failure, server, now));
  }

  private static TlsFault read(SSLException tls, Throwable failure, String server, Instant now) {
    String certificate = "the certificate of " + server;
    String clock = "; the clock of this machine shows " + day(now);
    Optional<CertPathValidatorException> path = find(failure, CertPathValidatorException.class);
    if (isFor(path, BasicReason.EXPIRED)
        || find(failure, CertificateExpiredException.class).isPresent()) {
      return new TlsFault(
          Kind.EXPIRED,
          certificate + " has expired" + date(path, " on ", X509Certificate::getNotAfter) + clock,
          SET_THE_CLOCK);
    }
    if (isFor(path, BasicReason.NOT_YET_VALID)
        || find(failure, CertificateNotYetValidException.class).isPresent()) {
      return new TlsFault(
          Kind.NOT_YET_VALID,
          certificate
              + " is not valid yet"
              + date(path, ", but from ", X509Certificate::getNotBefore)
              + clock,
          SET_THE_CLOCK);
    }
    if (find(failure, CertPathBuilderException.class).isPresent()
        || isFor(path, PKIXReason.NO_TRUST_ANCHOR)) {
      return new TlsFault(
          Kind.UNKNOWN_AUTHORITY,
          certificate + " is signed by an unknown authority",
          "Give the authority that signed it");
    }
    Optional<CertificateException> refused = find(failure, CertificateException.class);
    String said = refused.map(TlsFault::said).orElseGet(() -> said(tls));
    if (said.startsWith("No subject alternative") || said.startsWith("No name matching")) {
      return new TlsFault(
          Kind.OTHER_NAME,
          certificate + " is made out to another name",
          "Use a name that is in the certificate, or renew it for this one");
    }
    return path.isPresent() || refused.isPresent()
        ? new TlsFault(
            Kind.CERTIFICATE,
            "%s is not accepted: %s".formatted(certificate, path.map(TlsFault::said).orElse(said)),
            "Renew the certificate of the server")
        : new TlsFault(
            Kind.PROTOCOL,
            "TLS with %s: %s".formatted(server, said),
            "Check that the server speaks TLS at this port, and any proxy between");
  }

  private static boolean isFor(
      Optional<CertPathValidatorException> path, CertPathValidatorException.Reason reason) {
    return path.filter(it -> it.getReason().equals(reason)).isPresent();
  }

  /** A date of the certificate that was not accepted, if that is known. */
  private static String date(
      Optional<CertPathValidatorException> path,
      String before,
      Function<X509Certificate, Date> date) {
    return path.filter(it -> it.getCertPath() != null && it.getIndex() >= 0)
        .flatMap(
            it -> {
              List<? extends Certificate> all = it.getCertPath().getCertificates();
              return it.getIndex() < all.size()
                      && all.get(it.getIndex()) instanceof X509Certificate found
                  ? Optional.of(before + day(date.apply(found).toInstant()))
                  : Optional.empty();
            })
        .orElse("");
  }

  /** The day is enough, and a message that is another one each time would be written each time. */
  private static String day(Instant time) {
    return LocalDate.ofInstant(time, ZoneOffset.UTC).toString();
  }

  private static String said(Throwable failure) {
    var line = new StringBuilder();
    String.valueOf(failure.getMessage())
        .codePoints()
        .limit(LONGEST_DETAIL)
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.toString().strip();
  }

  private static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> type) {
    Throwable here = failure;
    for (int depth = 0; here != null && depth < DEEPEST_CAUSE; depth++) {
      if (type.isInstance(here)) {
        return Optional.of(type.cast(here));
      }
      here = here.getCause();
    }
    return Optional.empty();
  }
}
