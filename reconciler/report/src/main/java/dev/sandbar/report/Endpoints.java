package dev.sandbar.report;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /metrics}, {@code /healthz} and {@code /readyz}: on loopback without authentication,
 * unless it is set that the network around it says who may reach it, or by TLS for whom a {@link
 * Guard} lets in.
 */
public final class Endpoints implements AutoCloseable {

  private static final int MOST_AT_ONCE = 8;
  private static final int BACKLOG = 128;
  private static final String BEARER = "Bearer ";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private static final Answer NOT_FOUND = new Answer(404, TEXT, "not found\n");

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore permits = new Semaphore(MOST_AT_ONCE);
  private final @Nullable Supplier<String> metrics;
  private final Supplier<String> alive;
  private final Supplier<String> ready;
  private final Guard guard;

  /** Says who may read. */
  @FunctionalInterface
  public interface Guard {
    /** Lets everybody in. */
    Guard OPEN = _ -> Verdict.ALLOWED;

    /**
     * What becomes of a request.
     *
     * @param token of its header {@code Authorization: Bearer}; empty if it has none
     */
    Verdict judge(String token);
  }

  /** What a guard says. */
  public enum Verdict {
    ALLOWED,
    /** Nobody knows who asks. */
    UNKNOWN,
    /** It is known who asks, and that he may not. */
    DENIED,
    /** That could not be found out now. */
    UNDECIDED
  }

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
      Supplier<String> ready,
      Guard guard) {
    this.guard = guard;
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
    check(address, beyondLoopback);
    return serve(HttpServer.create(address, BACKLOG), metrics, alive, ready, Guard.OPEN);
  }

  /**
   * Starts to serve the same by TLS, all of it to nobody but whom the guard lets in.
   *
   * @param address port 0 takes a free one
   * @throws IOException when the port is taken
   * @throws IllegalArgumentException when the host has no address
   */
  public static Endpoints startGuarded(
      InetSocketAddress address,
      SSLContext tls,
      Guard guard,
      Supplier<String> metrics,
      Supplier<String> alive,
      Supplier<String> ready)
      throws IOException {
    check(address, true);
    var server = HttpsServer.create(address, BACKLOG);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    return serve(server, metrics, alive, ready, guard);
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
    check(address, true);
    return serve(HttpServer.create(address, BACKLOG), null, alive, ready, Guard.OPEN);
  }

  private static void check(InetSocketAddress address, boolean beyondLoopback) {
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
  }

  private static Endpoints serve(
      HttpServer http,
      @Nullable Supplier<String> metrics,
      Supplier<String> alive,
      Supplier<String> ready,
      Guard guard) {
    var server = new Endpoints(http, metrics, alive, ready, guard);
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
      send(
          exchange,
          switch (guard.judge(token(exchange))) {
            case ALLOWED -> answer(exchange);
            case UNKNOWN -> {
              exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
              yield new Answer(401, TEXT, "unauthorized\n");
            }
            case DENIED -> new Answer(403, TEXT, "forbidden\n");
            case UNDECIDED -> new Answer(503, TEXT, "the API server cannot be asked now\n");
          });
    }
  }

  private static String token(HttpExchange exchange) {
    String header = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    return header.startsWith(BEARER) ? header.substring(BEARER.length()).strip() : "";
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
