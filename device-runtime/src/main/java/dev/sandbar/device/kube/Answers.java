package dev.sandbar.device.kube;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.device.kube.ApiAnswer.Unreachable;
import dev.sandbar.device.kube.ApiAnswer.Unreachable.Cause;
import dev.sandbar.report.OneLine;
import dev.sandbar.source.net.Outbound;
import dev.sandbar.source.net.TlsFault;
import dev.sandbar.source.net.WebPage;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.TextLimits;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** Turns what came over the wire into an {@link ApiAnswer}. */
final class Answers {
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(10);
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,6}");
  private static final int LONGEST_MESSAGE = 600;

  private Answers() {}

  static ApiAnswer of(
      int status, HttpHeaders headers, byte[] body, TextLimits limits, ApiServerAddress server) {
    if (status == Outbound.LOGIN_WANTED) {
      return broken(Cause.CONNECTION, Outbound.refusal(status, server.resolve("/")));
    }
    boolean page =
        status == WebPage.LOGIN_REQUIRED
            || (status < 500 && WebPage.isOne(headers.firstValue("Content-Type").orElse("")));
    if (page) {
      return broken(
          Cause.MALFORMED, server + " " + WebPage.insteadOf("JSON") + " (HTTP " + status + ")");
    }
    ReadResult read = JsonReader.read("answer", body, limits);
    Optional<Node> json = document(read);
    if (status >= 200 && status < 300) {
      return json.<ApiAnswer>map(ApiAnswer.Success::new)
          .orElseGet(() -> unreadable("the answer", read));
    }
    if (status >= 300 && status < 400) {
      return broken(
          Cause.SERVER,
          "the server answers with a redirect, which is not followed: " + WebPage.QUESTION);
    }
    String said =
        json.flatMap(it -> Json.text(it, "message"))
            .map(it -> OneLine.of(it, LONGEST_MESSAGE))
            .orElse("HTTP " + status);
    String reason = json.flatMap(it -> Json.text(it, "reason")).orElse("");
    return ApiAnswer.Failure.of(status, reason, said, retryAfter(headers));
  }

  /** The document; empty if there is not exactly one without errors. */
  static Optional<Node> document(ReadResult read) {
    return read.hasErrors() || read.documents().size() != 1
        ? Optional.empty()
        : Optional.of(read.documents().getFirst());
  }

  /** Why there is no document. */
  static Unreachable unreadable(String what, ReadResult read) {
    return broken(
        Cause.MALFORMED,
        read.diagnostics().stream()
            .filter(it -> it.problem() == Problem.TOO_LARGE)
            .findFirst()
            .map(it -> what + " is too large: " + it.message().replace("the file has", "it has"))
            .orElse(what + " is no JSON that could be read"));
  }

  /** Why there is no answer. The texts of exceptions are not shown: they quote what was sent. */
  static Unreachable broken(Throwable failure, ApiServerAddress server) {
    Optional<String> proxy = Outbound.fault(failure, server.resolve("/"));
    if (proxy.isPresent()) {
      return broken(Cause.CONNECTION, proxy.get());
    }
    Optional<TlsFault> tls = TlsFault.of(failure, server.toString());
    if (tls.isPresent()) {
      return tls(tls.get());
    }
    Optional<BoundedBody.TooLarge> large = cause(failure, BoundedBody.TooLarge.class);
    if (large.isPresent()) {
      return broken(Cause.MALFORMED, "the answer has " + large.get().getMessage());
    }
    if (has(failure, UnresolvedAddressException.class)
        || has(failure, UnknownHostException.class)) {
      return broken(Cause.CONNECTION, "the name of " + server + " cannot be resolved");
    }
    if (has(failure, HttpConnectTimeoutException.class)) {
      return broken(Cause.TIMEOUT, "no connection to " + server + " within the time allowed");
    }
    if (has(failure, HttpTimeoutException.class)) {
      return broken(Cause.TIMEOUT, "no answer from " + server + " within the time allowed");
    }
    if (has(failure, ConnectException.class)) {
      return broken(Cause.CONNECTION, server + " cannot be reached");
    }
    return failure instanceof IOException
        ? broken(Cause.CONNECTION, "the connection to " + server + " broke")
        : broken(Cause.CONNECTION, "no answer (" + failure.getClass().getSimpleName() + ")");
  }

  private static Unreachable tls(TlsFault fault) {
    return broken(
        fault.kind().isOfCertificate() ? Cause.UNTRUSTED : Cause.TLS,
        fault.kind() == TlsFault.Kind.UNKNOWN_AUTHORITY
            ? fault.message() + "; a proxy that opens TLS has to let the API server through"
            : fault.message());
  }

  static Unreachable broken(Cause cause, String message) {
    return new Unreachable(cause, message, Duration.ZERO);
  }

  private static boolean has(Throwable failure, Class<? extends Throwable> type) {
    return cause(failure, type).isPresent();
  }

  private static <T extends Throwable> Optional<T> cause(Throwable failure, Class<T> type) {
    Throwable here = failure;
    for (int depth = 0; here != null && depth < 12; depth++) {
      if (type.isInstance(here)) {
        return Optional.of(type.cast(here));
      }
      here = here.getCause();
    }
    return Optional.empty();
  }

  private static Duration retryAfter(HttpHeaders headers) {
    return headers
        .firstValue("Retry-After")
        .filter(text -> SECONDS.matcher(text).matches())
        .map(text -> Duration.ofSeconds(Long.parseLong(text)))
        .map(asked -> asked.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : asked)
        .orElse(Duration.ZERO);
  }
}
