package dev.sandbar.device.fleet;

import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.TextLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** An API server over HTTP. */
public final class HttpCluster implements Cluster {

  /**
   * Longer than any object that an API server stores (1.5 MiB), and nested no deeper than specs.
   */
  static final TextLimits LIMITS = new TextLimits(4 << 20, 64, 400_000);

  private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(10);
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,6}");

  private final URI server;
  private final Credentials credentials;
  private final Duration deadline;

  /**
   * A server.
   *
   * @param server scheme, host and port
   * @param deadline of one exchange, and of the beginning of a stream
   */
  public HttpCluster(URI server, Credentials credentials, Duration deadline) {
    this.server = server;
    this.credentials = credentials;
    this.deadline = deadline;
  }

  @Override
  public Answer send(Call call) throws InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> exchange =
        credentials.client().sendAsync(request(call), _ -> new BoundedBody(LIMITS.maxBytes()));
    try {
      // The request's own timeout ends with the headers; a body that trickles needs this one.
      var response = exchange.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      return answer(response.statusCode(), response, response.body());
    } catch (TimeoutException e) {
      exchange.cancel(true);
      return new Answer.Failure("no answer within " + deadline.toMillis() + " ms");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      return new Answer.Failure(explain(cause == null ? e : cause));
    } catch (InterruptedException e) {
      exchange.cancel(true);
      throw e;
    }
  }

  @Override
  public Answer stream(Call call, Duration quiet, Lines lines) throws InterruptedException {
    HttpResponse<InputStream> response;
    try {
      response =
          credentials.client().send(request(call), HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      return new Answer.Failure(explain(e));
    }
    try (var input = new BoundedLines(response.body(), LIMITS.maxBytes(), quiet)) {
      if (response.statusCode() != 200) {
        return answer(response.statusCode(), response, input.rest());
      }
      while (true) {
        Optional<byte[]> line = input.next();
        if (line.isEmpty()) {
          return new Answer.Success(Node.mapping(List.of()));
        }
        Optional<Node> document = parse(line.get());
        if (document.isEmpty()) {
          return new Answer.Failure("the stream holds what is no JSON");
        }
        if (!lines.line(document.get())) {
          return new Answer.Success(document.get());
        }
      }
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return new Answer.Failure(explain(e));
    }
  }

  private HttpRequest request(Call call) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve(call.path()))
            .timeout(deadline)
            .header("Accept", "application/json")
            .header("User-Agent", "sandbar-agent");
    String authorization = credentials.authorization();
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    if (call.method().contentType().isEmpty()) {
      return request.GET().build();
    }
    byte[] body = JsonWriter.compact(call.body()).getBytes(StandardCharsets.UTF_8);
    return request
        .header("Content-Type", call.method().contentType())
        .method(call.method().verb(), HttpRequest.BodyPublishers.ofByteArray(body))
        .build();
  }

  private static Answer answer(int status, HttpResponse<?> response, byte[] body) {
    Optional<Node> document = parse(body);
    if (status >= 200 && status < 300) {
      return document
          .<Answer>map(Answer.Success::new)
          .orElseGet(() -> new Answer.Failure("the answer is no JSON, or too long"));
    }
    String message =
        document
            .map(d -> d.fields().get("message"))
            .map(m -> m instanceof Node.Scalar scalar ? scalar.text() : "")
            .orElse("");
    return new Answer.Refusal(status, oneLine(message), retryAfter(response));
  }

  private static Duration retryAfter(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue("Retry-After")
        .filter(text -> DIGITS.matcher(text).matches())
        .map(text -> Duration.ofSeconds(Long.parseLong(text)))
        .map(after -> after.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : after)
        .orElse(Duration.ZERO);
  }

  private static Optional<Node> parse(byte[] json) {
    return JsonReader.read("server", json, LIMITS).documents().stream().findFirst();
  }

  private static String oneLine(String text) {
    return Words.oneLine(text, 300);
  }

  private static String explain(Throwable cause) {
    return switch (cause) {
      case ConnectException _ -> "cannot connect to the server";
      case HttpTimeoutException _ -> "the server does not answer in time";
      case SSLException e -> "TLS: " + oneLine(String.valueOf(e.getMessage()));
      default -> "connection lost: " + oneLine(String.valueOf(cause.getMessage()));
    };
  }

  /** Collects an answer; one that is too long is hung up on. */
  private static final class BoundedBody implements HttpResponse.BodySubscriber<byte[]> {
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final int most;
    private Flow.@Nullable Subscription subscription;

    BoundedBody(int most) {
      this.most = most;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
      return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      for (ByteBuffer buffer : buffers) {
        if (kept.size() + buffer.remaining() > most) {
          if (subscription != null) {
            subscription.cancel();
          }
          whole.completeExceptionally(
              new IOException("the answer is longer than " + most + " bytes"));
          return;
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        kept.writeBytes(bytes);
      }
    }

    @Override
    public void onError(Throwable failure) {
      whole.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      whole.complete(kept.toByteArray());
    }
  }
}
