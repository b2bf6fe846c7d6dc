package dev.sandbar.report;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /metrics}, {@code /healthz} and {@code /readyz}. There is no authentication, and so it
 * listens on loopback unless it is set that the network around it says who may reach it.
 */
public final class Endpoints implements AutoCloseable {

  private static final int MOST_AT_ONCE = 8;
  private static final int BACKLOG = 128;
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private static final Answer NOT_FOUND = new Answer(404, TEXT, "not found\n");

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore permits = new Semaphore(MOST_AT_ONCE);
  private final @Nullable Supplier<String> metrics;
  private final Supplier<String> alive;
  private final Supplier<String> ready;

  private record Answer(int status, String type, String body) {
    /** Good while there is nothing to complain of. */
    static Answer check(String complaint) {
      return complaint.isEmpty()
          ? new Answer(200, TEXT, "ok\n")
          : new Answer(503, TEXT, complaint + "\n");
    }
  }

  private Endpoints(
      HttpServer server,
      @Nullable Supplier<String> metrics,
      Supplier<String> alive,
      Supplier<String> ready) {
    this.server = server;
    this.metrics = metrics;
    this.alive = alive;
    this.ready = ready;
  }

  /**
   * Starts to serve.
   *
   * @param address port 0 takes a free one
   * @param beyondLoopback whether an address that others can reach is allowed
   * @param metrics the text of {@code /metrics}
   * @param alive what is wrong with the process; empty while nothing is
   * @param ready why it does not work yet; empty while it does
   * @throws IOException when the port is taken
   * @throws IllegalArgumentException when others can reach the address and that is not allowed, or
   *     its host has no address
   */
  public static Endpoints start(
      InetSocketAddress address,
      boolean beyondLoopback,
      Supplier<String> metrics,
      Supplier<String> alive,
      Supplier<String> ready)
      throws IOException {
    return serve(address, beyondLoopback, metrics, alive, ready);
  }

  /**
   * Starts to serve {@code /healthz} and {@code /readyz} alone, at a port that nobody but the
   * prober needs to reach: what others do to the port of the metrics cannot touch it.
   *
   * @param address port 0 takes a free one
   * @throws IOException when the port is taken
   */
  public static Endpoints startProbes(
      InetSocketAddress address, Supplier<String> alive, Supplier<String> ready)
      throws IOException {
    return serve(address, true, null, alive, ready);
  }

  private static Endpoints serve(
      InetSocketAddress address,
      boolean beyondLoopback,
      @Nullable Supplier<String> metrics,
      Supplier<String> alive,
      Supplier<String> ready)
      throws IOException {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("no such address: " + address.getHostString());
    }
    if (!beyondLoopback && !address.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "metrics have no authentication and "
              + address.getAddress().getHostAddress()
              + " can be reached by others; use 127.0.0.1, or allow it in the configuration");
    }
    HttpBounds.apply();
    var server = new Endpoints(HttpServer.create(address, BACKLOG), metrics, alive, ready);
    HttpBounds.handle(server.server, "/", server::handle);
    server.server.setExecutor(server.threads);
    server.server.start();
    return server;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      send(exchange, answer(exchange));
    }
  }

  private Answer answer(HttpExchange exchange) {
    return switch (String.valueOf(exchange.getRequestURI().getPath())) {
      case "/metrics" ->
          Optional.ofNullable(metrics)
              .map(text -> get(exchange, () -> scrape(text)))
              .orElse(NOT_FOUND);
      case "/healthz" -> get(exchange, () -> Answer.check(alive.get()));
      case "/readyz" -> get(exchange, () -> Answer.check(ready.get()));
      default -> NOT_FOUND;
    };
  }

  /** Bounded, because it costs something; health and readiness never wait for scrapes. */
  private Answer scrape(Supplier<String> text) {
    if (!permits.tryAcquire()) {
      return new Answer(503, TEXT, "busy\n");
    }
    try {
      return new Answer(200, PROMETHEUS, text.get());
    } finally {
      permits.release();
    }
  }

  private static Answer get(HttpExchange exchange, Supplier<Answer> answer) {
    if (exchange.getRequestMethod().equals("GET")) {
      return answer.get();
    }
    exchange.getResponseHeaders().set("Allow", "GET");
    return new Answer(405, TEXT, "method not allowed\n");
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", answer.type());
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(answer.status(), head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
