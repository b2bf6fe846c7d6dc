package dev.sandbar.source.git;

import dev.sandbar.source.net.WebPage;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a server said beside Git's own protocol; more than the exceptions of JGit say. */
final class ServerAnswer {
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

  private int httpStatus;
  private boolean tokenSent;
  private boolean webPage;
  private @Nullable URI target;
  private Duration retryAfter = Duration.ZERO;
  private @Nullable String hostKeyFault;
  private boolean forbiddenAddress;

  /**
   * An HTTP answer has come.
   *
   * @param wait its {@code Retry-After}, if it has one: seconds or a date
   */
  void status(int code, @Nullable String wait, Instant now) {
    httpStatus = code;
    retryAfter =
        Optional.ofNullable(wait).map(it -> bounded(it.strip(), now)).orElse(Duration.ZERO);
  }

  private static Duration bounded(String wait, Instant now) {
    Duration asked;
    if (SECONDS.matcher(wait).matches()) {
      asked = Duration.ofSeconds(Long.parseLong(wait));
    } else {
      try {
        Instant until = ZonedDateTime.parse(wait, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
        asked = Duration.between(now, until);
      } catch (DateTimeException e) {
        return Duration.ZERO;
      }
    }
    if (asked.isNegative()) {
      return Duration.ZERO;
    }
    return asked.compareTo(Fault.LONGEST_REST) < 0 ? asked : Fault.LONGEST_REST;
  }

  /** Of this type was the last answer; empty if it did not say. */
  void type(String contentType) {
    webPage = WebPage.isOne(contentType);
  }

  /** Whether the last answer was a page for people. */
  boolean isWebPage() {
    return webPage;
  }

  /** This is asked now. */
  void asked(URI address) {
    target = address;
  }

  /** What was asked last, if it was over HTTP. */
  Optional<URI> target() {
    return Optional.ofNullable(target);
  }

  /** The last HTTP status; 0 if there was none. */
  int status() {
    return httpStatus;
  }

  /** How long the last answer asks to wait before the next request; zero if it does not. */
  Duration retryAfter() {
    return retryAfter;
  }

  void tokenSent() {
    tokenSent = true;
  }

  /** Whether requests carry a token. */
  boolean isTokenSent() {
    return tokenSent;
  }

  /** The connection led where it must not. */
  void forbiddenAddress() {
    forbiddenAddress = true;
  }

  boolean isForbiddenAddress() {
    return forbiddenAddress;
  }

  void hostKeyFault(String fault) {
    hostKeyFault = fault;
  }

  /** Why the host key was refused. */
  Optional<String> hostKeyFault() {
    return Optional.ofNullable(hostKeyFault);
  }
}
