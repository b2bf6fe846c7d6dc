package dev.sandbar.device.kube;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.kube.ApiAnswer.Unreachable;
import dev.sandbar.device.kube.ApiAnswer.Unreachable.Cause;
import dev.sandbar.device.report.ServerClock;
import dev.sandbar.source.net.Outbound;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.ReadResult;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The API server as a device sees it: four verbs and a stream, with every dimension bounded. One
 * connection (HTTP/2) carries all of it. Follows no redirect. What goes wrong is an {@link
 * ApiAnswer}, never an exception.
 *
 * <p>A changed client certificate, token or authority file is noticed at the next request; a watch
 * that runs goes on over the old connection until the server ends it, as it does every few minutes.
 */
public final class KubeApi implements AutoCloseable {
  private static final String MERGE_PATCH = "application/merge-patch+json";
  private static final String JSON = "application/json";
  private static final String METADATA = JSON + ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

  private static final int LONGEST_TOKEN = 1 << 15;

  private final ApiServerAddress server;
  private final ApiCredentials credentials;
  private final ApiLimits limits;
  private final ServerClock clock;
  private final ApiConnection connection;

  /**
   * A client; it connects at the first request.
   *
   * @param time the device's own clock
   */
  public KubeApi(
      ApiServerAddress server,
      Trust trust,
      ApiCredentials credentials,
      ApiLimits limits,
      InstantSource time) {
    this(
        server,
        credentials,
        limits,
        time,
        new ApiConnection(trust, credentials, limits, () -> TlsContexts.of(trust, credentials)));
  }

  private KubeApi(
      ApiServerAddress server,
      ApiCredentials credentials,
      ApiLimits limits,
      InstantSource time,
      ApiConnection connection) {
    this.server = server;
    this.credentials = credentials;
    this.limits = limits;
    this.clock = new ServerClock(time);
    this.connection = connection;
  }

  /** A client that believes every server and has no credentials for it. */
  static KubeApi believing(ChainRecorder recorder, ApiServerAddress server, ApiLimits limits) {
    var anonymous = new ApiCredentials.Anonymous();
    return new KubeApi(
        server,
        anonymous,
        limits,
        InstantSource.system(),
        new ApiConnection(
            new Trust.Platform(), anonymous, limits, () -> TlsContexts.recording(recorder)));
  }

  /** Hears the documents of a stream. */
  @FunctionalInterface
  public interface Documents {
    /** One document; false to end the stream. */
    boolean document(Node document) throws InterruptedException;
  }

  /** The server's time, as its last answer said. */
  public ServerClock clock() {
    return clock;
  }

  /** Reads an object. The path begins with {@code /api} and has no characters to escape. */
  public ApiAnswer get(String path) {
    return exchange(request(path).GET());
  }

  /** Reads of the objects in a list only their metadata. */
  public ApiAnswer getMetadata(String path) {
    return exchange(request(path).setHeader("Accept", METADATA).GET());
  }

  /** Creates an object. */
  public ApiAnswer post(String path, Node body) {
    return exchange(request(path).header("Content-Type", JSON).POST(json(body)));
  }

  /** Changes the fields that the patch names (RFC 7386). */
  public ApiAnswer mergePatch(String path, Node patch) {
    return exchange(request(path).header("Content-Type", MERGE_PATCH).method("PATCH", json(patch)));
  }

  /** Deletes an object. */
  public ApiAnswer delete(String path) {
    return exchange(request(path).DELETE());
  }

  /**
   * Reads JSON documents, one a line, as a watch sends them: until the server or the listener ends
   * it, it breaks, or it falls silent.
   *
   * @param path with its query
   * @param quiet the longest silence. The server sends a bookmark about once a minute if asked to.
   * @param documents called on this thread, in order
   * @return why it could not begin or broke; empty if the server or the listener ended it
   */
  public Optional<ApiAnswer.Failure> stream(String path, Duration quiet, Documents documents)
      throws InterruptedException {
    CompletableFuture<HttpResponse<StreamBody>> exchange;
    ApiConnection.Use use;
    try {
      use = connection.use();
      HttpRequest request = authorized(request(path).GET()).build();
      exchange =
          use.client()
              .sendAsync(
                  request,
                  info ->
                      info.statusCode() == 200
                          ? HttpResponse.BodySubscribers.mapping(
                              new LineStream(limits.answer().maxBytes()), StreamBody.Lines::new)
                          : HttpResponse.BodySubscribers.mapping(
                              new BoundedBody(limits.answer().maxBytes()), StreamBody.Whole::new));
    } catch (TlsContexts.Unusable e) {
      return Optional.of(Answers.broken(Cause.CREDENTIALS, message(e)));
    }
    try {
      HttpResponse<StreamBody> response =
          exchange.get(limits.exchange().toMillis(), TimeUnit.MILLISECONDS);
      heard(response);
      return switch (response.body()) {
        case StreamBody.Lines(LineStream lines) -> {
          try (lines) {
            yield follow(lines, quiet, documents, use);
          }
        }
        case StreamBody.Whole(byte[] body) ->
            Optional.of(
                failure(
                    Answers.of(
                        response.statusCode(), response.headers(), body, limits.answer(), server)));
      };
    } catch (ExecutionException e) {
      return Optional.of(Answers.broken(unwrapped(e), server));
    } catch (TimeoutException e) {
      exchange.cancel(true);
      use.abandon();
      return Optional.of(Answers.broken(new HttpTimeoutException("stream"), server));
    } catch (InterruptedException e) {
      exchange.cancel(true);
      throw e;
    }
  }

  private Optional<ApiAnswer.Failure> follow(
      LineStream lines, Duration quiet, Documents documents, ApiConnection.Use use)
      throws InterruptedException {
    try {
      while (true) {
        Optional<byte[]> line = lines.next(quiet);
        if (line.isEmpty()) {
          return Optional.empty();
        }
        ReadResult read = JsonReader.read("answer", line.get(), limits.answer());
        Optional<Node> document = Answers.document(read);
        if (document.isEmpty()) {
          return Optional.of(Answers.unreadable("a line of the stream", read));
        }
        if (!documents.document(document.get())) {
          return Optional.empty();
        }
      }
    } catch (HttpTimeoutException e) {
      use.abandon();
      return Optional.of(
          Answers.broken(Cause.TIMEOUT, "no data was received for " + quiet.toSeconds() + " s"));
    } catch (IOException e) {
      return Optional.of(Answers.broken(e, server));
    }
  }

  private sealed interface StreamBody {
    record Lines(LineStream lines) implements StreamBody {}

    record Whole(byte[] body) implements StreamBody {}
  }

  private ApiAnswer exchange(HttpRequest.Builder builder) {
    ApiConnection.Use use;
    CompletableFuture<HttpResponse<byte[]>> exchange;
    try {
      use = connection.use();
      exchange =
          use.client()
              .sendAsync(
                  authorized(builder).timeout(limits.exchange()).build(),
                  info -> new BoundedBody(limits.answer().maxBytes()));
    } catch (TlsContexts.Unusable e) {
      return Answers.broken(Cause.CREDENTIALS, message(e));
    }
    try {
      // The request's own timeout ends with the headers; a body that trickles needs this one.
      HttpResponse<byte[]> response =
          exchange.get(limits.exchange().toMillis(), TimeUnit.MILLISECONDS);
      heard(response);
      return Answers.of(
          response.statusCode(), response.headers(), response.body(), limits.answer(), server);
    } catch (TimeoutException e) {
      exchange.cancel(true);
      use.abandon();
      return Answers.broken(new HttpTimeoutException("request"), server);
    } catch (ExecutionException e) {
      Throwable cause = unwrapped(e);
      if (cause instanceof HttpTimeoutException) {
        use.abandon();
      }
      return Answers.broken(cause, server);
    } catch (InterruptedException e) {
      exchange.cancel(true);
      Thread.currentThread().interrupt();
      return Answers.broken(Cause.CONNECTION, "interrupted");
    }
  }

  private HttpRequest.Builder request(String path) {
    return Outbound.request(server.resolve(path))
        .header("Accept", JSON)
        .header("User-Agent", "sandbar");
  }

  private HttpRequest.Builder authorized(HttpRequest.Builder builder) throws TlsContexts.Unusable {
    switch (credentials) {
      case ApiCredentials.Token(String token) -> {
        return builder.header("Authorization", "Bearer " + token);
      }
      case ApiCredentials.TokenFile(Path file, FileDecryption decryption) -> {
        return builder.header("Authorization", "Bearer " + token(file, decryption));
      }
      case ApiCredentials.Anonymous _, ApiCredentials.ClientCertificate _ -> {
        return builder;
      }
    }
  }

  private static String token(Path file, FileDecryption decryption) throws TlsContexts.Unusable {
    String token = TlsContexts.content(file, LONGEST_TOKEN, decryption);
    if (!token.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new TlsContexts.Unusable(file + " does not hold a token");
    }
    return token;
  }

  private void heard(HttpResponse<?> response) {
    response.headers().firstValue("Date").ifPresent(clock::heard);
  }

  private static ApiAnswer.Failure failure(ApiAnswer answer) {
    return switch (answer) {
      case ApiAnswer.Failure failure -> failure;
      case ApiAnswer.Success _ ->
          new Unreachable(Cause.SERVER, "the server does not stream", Duration.ZERO);
    };
  }

  private static HttpRequest.BodyPublisher json(Node body) {
    return HttpRequest.BodyPublishers.ofString(JsonWriter.compact(body));
  }

  private static Throwable unwrapped(ExecutionException e) {
    return Optional.ofNullable(e.getCause()).orElse(e);
  }

  private static String message(Exception e) {
    return Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
  }

  @Override
  public void close() {
    connection.close();
  }
}
