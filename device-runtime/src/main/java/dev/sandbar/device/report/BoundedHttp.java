package dev.sandbar.device.report;

import dev.sandbar.device.report.AlertSender.Outcome;
import dev.sandbar.report.OneLine;
import dev.sandbar.source.net.Outbound;
import dev.sandbar.source.net.TlsFault;
import dev.sandbar.source.net.WebPage;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Posts JSON with every dimension bounded: time to connect, time for the whole exchange, bytes of
 * the answer. Follows no redirect, since that would hand the message to a place nobody configured.
 */
final class BoundedHttp implements AutoCloseable {

  /** More of an answer is of no use in a message for people. */
  static final int ANSWER_BYTES = 2048;

  private static final int LONGEST_DETAIL = 200;
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,6}");

  private final HttpClient client;
  private final Duration deadline;
  private final ServerClock clock;
  private final boolean takesPages;

  /**
   * A client.
   *
   * @param trust the certificate authorities trusted for the server
   * @param deadline for connecting, and again for the whole exchange
   * @param clock learns the time of the server
   * @param takesPages whether a web page can be its answer to a message that it has got
   */
  BoundedHttp(SSLContext trust, Duration deadline, ServerClock clock, boolean takesPages) {
    this.takesPages = takesPages;
    this.client =
        Outbound.client()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(deadline)
            .sslContext(trust)
            .build();
    this.deadline = deadline;
    this.clock = clock;
  }

  /** The time of the server that was last talked to. */
  ServerClock clock() {
    return clock;
  }

  /** Posts and waits for the verdict. */
  Outcome post(URI target, Map<String, String> headers, byte[] body) {
    HttpRequest.Builder request =
        Outbound.request(target)
            .timeout(deadline)
            .header("Content-Type", "application/json")
            .header("User-Agent", "sandbar")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    headers.forEach(request::header);
    CompletableFuture<HttpResponse<String>> exchange =
        client.sendAsync(request.build(), info -> new FirstBytes());
    try {
      // The request's own timeout ends with the headers; a body that trickles needs this one.
      var response = exchange.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      response.headers().firstValue("Date").ifPresent(clock::heard);
      return verdict(response, target);
    } catch (TimeoutException e) {
      exchange.cancel(true);
      return retry("no answer within " + deadline.toMillis() + " ms");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      Throwable why = cause == null ? e : cause;
      return retry(Outbound.fault(why, target).orElseGet(() -> explain(why, target)));
    } catch (InterruptedException e) {
      exchange.cancel(true);
      Thread.currentThread().interrupt();
      return retry("interrupted");
    }
  }

  /**
   * Where JSON is spoken, and over plain http, a page for people is no receipt: whoever is in
   * between has sent it. A webhook may answer over https as it likes.
   */
  private Outcome verdict(HttpResponse<String> response, URI target) {
    int status = response.statusCode();
    boolean page = WebPage.isOne(response.headers().firstValue("Content-Type").orElse(""));
    boolean redirected = status >= 300 && status < 400;
    if (status == Outbound.LOGIN_WANTED) {
      return retry(Outbound.refusal(status, target));
    }
    if (status == WebPage.LOGIN_REQUIRED
        || (page && (!takesPages || "http".equals(target.getScheme())))
        || redirected) {
      return retry(
          redirected
              ? "HTTP " + status + ": " + WebPage.QUESTION
              : WebPage.insteadOf("a receipt") + " (HTTP " + status + ")");
    }
    if (status >= 200 && status < 300) {
      return new Outcome.Delivered();
    }
    String reason = "HTTP " + status + detail(response.body());
    return switch (status) {
      // These speak of the message. Every other refusal (no such path, not allowed) speaks of the
      // configuration, which a person can fix while the alerts wait.
      case 400, 413, 422 -> new Outcome.Refused(reason);
      default -> new Outcome.Retry(reason, retryAfter(response));
    };
  }

  private static Duration retryAfter(HttpResponse<String> response) {
    Optional<Duration> asked =
        response
            .headers()
            .firstValue("Retry-After")
            .filter(text -> DIGITS.matcher(text).matches())
            .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    return asked
        .map(after -> after.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : after)
        .orElse(Duration.ZERO);
  }

  /** The answer goes to logs. */
  private static String detail(String body) {
    String line = OneLine.of(body, LONGEST_DETAIL);
    return line.isEmpty() ? "" : ": " + line;
  }

  private static String explain(Throwable cause, URI target) {
    Optional<TlsFault> tls = TlsFault.of(cause, String.valueOf(target.getHost()));
    if (tls.isPresent()) {
      return tls.get().message();
    }
    return switch (cause) {
      case ConnectException e -> "cannot connect";
      case HttpTimeoutException e -> "timed out";
      case IOException e -> "connection lost" + detail(String.valueOf(e.getMessage()));
      default -> cause.getClass().getSimpleName() + detail(String.valueOf(cause.getMessage()));
    };
  }

  private static Outcome retry(String reason) {
    return new Outcome.Retry(reason, Duration.ZERO);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }

  /** Keeps the first bytes of an answer and hangs up on the rest. */
  private static final class FirstBytes implements HttpResponse.BodySubscriber<String> {
    private final CompletableFuture<String> text = new CompletableFuture<>();
    private final byte[] kept = new byte[ANSWER_BYTES];
    private int size;
    private Flow.@Nullable Subscription subscription;

    @Override
    public CompletionStage<String> getBody() {
      return text;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      for (ByteBuffer buffer : buffers) {
        int taken = Math.min(buffer.remaining(), kept.length - size);
        buffer.get(kept, size, taken);
        size += taken;
      }
      if (size == kept.length) {
        if (subscription != null) {
          subscription.cancel();
        }
        finish();
      }
    }

    @Override
    public void onError(Throwable failure) {
      text.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      finish();
    }

    private void finish() {
      text.complete(new String(kept, 0, size, StandardCharsets.UTF_8));
    }
  }
}
