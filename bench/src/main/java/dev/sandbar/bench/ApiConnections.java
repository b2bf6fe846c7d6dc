package dev.sandbar.bench;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/** A few HTTP/2 connections to the API server that many light agents share. */
final class ApiConnections implements AutoCloseable {
  private static final int TRIES = 6;
  private static final int TOO_MANY = 429;
  private static final int CONFLICT = 409;
  static final String JSON = "application/json";
  static final String MERGE = "application/merge-patch+json";
  static final String STEPS = "application/json-patch+json";

  private final String url;
  private final List<HttpClient> clients = new ArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final AtomicInteger repeated = new AtomicInteger();
  private final Semaphore free;

  /**
   * Opens them.
   *
   * @param inFlight requests at once, watches left out; a server takes 100 streams a connection
   */
  ApiConnections(Config config, int connections, int inFlight) throws Exception {
    this.url = config.getMasterUrl().replaceFirst("/+$", "");
    this.free = new Semaphore(inFlight);
    SSLContext tls = SSLUtils.sslContext(config);
    for (int i = 0; i < connections; i++) {
      clients.add(
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_2)
              .sslContext(tls)
              .executor(Executors.newVirtualThreadPerTaskExecutor())
              .build());
    }
    for (int i = 0; i < connections; i++) {
      // The one connection that all later requests of this client share.
      String _ = send("GET", "/readyz", JSON, "");
    }
  }

  /** How often something had to be sent again, for a server that was too busy. */
  int repeated() {
    return repeated.get();
  }

  /** Sends, waits for its turn and the answer, and again if the server is too busy. */
  String send(String method, String path, String type, String body)
      throws IOException, InterruptedException {
    free.acquire();
    try {
      HttpRequest request =
          request(path)
              .header("Content-Type", type)
              .method(
                  method,
                  body.isEmpty()
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body))
              .build();
      return answer(request);
    } finally {
      free.release();
    }
  }

  private String answer(HttpRequest request) throws IOException, InterruptedException {
    IOException last = new IOException("not sent");
    for (int attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) {
        int _ = repeated.incrementAndGet();
        Thread.sleep(1_000L << attempt);
      }
      try {
        HttpResponse<String> answer =
            next().send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        int code = answer.statusCode();
        // What seemed lost may have been done.
        boolean done = attempt > 0 && code == CONFLICT && request.method().equals("POST");
        if (code < 300 || done) {
          return answer.body();
        }
        last =
            new IOException(
                request.method() + " " + request.uri() + ": " + code + " " + answer.body());
        if (code != TOO_MANY && code < 500) {
          throw last;
        }
      } catch (IOException e) {
        if (e == last) {
          throw e;
        }
        last = e;
      }
    }
    throw last;
  }

  /** Hears a watch, line by line; done when it ends. */
  CompletableFuture<HttpResponse<Void>> watch(String path, Consumer<String> lines) {
    return next()
        .sendAsync(
            request(path).GET().build(),
            HttpResponse.BodyHandlers.fromSubscriber(new Lines(lines)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url + path)).header("User-Agent", "sandbar-bench");
  }

  private HttpClient next() {
    return clients.get(Math.floorMod(turn.getAndIncrement(), clients.size()));
  }

  @Override
  public void close() {
    clients.forEach(HttpClient::shutdownNow);
  }

  /** Cuts what comes into lines, and hands on each as soon as it is whole. */
  private static final class Lines implements Flow.Subscriber<List<ByteBuffer>> {
    private final Consumer<String> lines;
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

    Lines(Consumer<String> lines) {
      this.lines = lines;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      for (ByteBuffer buffer : buffers) {
        while (buffer.hasRemaining()) {
          byte next = buffer.get();
          if (next == '\n') {
            lines.accept(begun.toString(StandardCharsets.UTF_8));
            begun.reset();
          } else {
            begun.write(next);
          }
        }
      }
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}
  }
}
