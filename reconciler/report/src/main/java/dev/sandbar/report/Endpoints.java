package dev.sandbar.report;

import dev.sandbar.report.PageServer.Answer;
import dev.sandbar.report.PageServer.Request;
import dev.sandbar.report.PageServer.Status;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /metrics}, {@code /healthz} and {@code /readyz}. There is no authentication, and so it
 * listens on loopback unless it is set that the network around it says who may reach it.
 */
public final class Endpoints implements AutoCloseable {

  private static final int MOST_AT_ONCE = 8;
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private static final Answer NOT_FOUND = text(Status.NOT_FOUND, "not found");

  private final PageServer server;
  private final Semaphore permits = new Semaphore(MOST_AT_ONCE);
  private final @Nullable Supplier<String> metrics;
  private final Supplier<String> alive;
  private final Supplier<String> ready;

  private Endpoints(
      InetSocketAddress address,
      @Nullable Supplier<String> metrics,
      Supplier<String> alive,
      Supplier<String> ready)
      throws IOException {
    this.metrics = metrics;
    this.alive = alive;
    this.ready = ready;
    this.server = PageServer.start(address, this::answer);
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
    return new Endpoints(address, metrics, alive, ready);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.address();
  }

  private Answer answer(Request request) {
    return switch (request.path()) {
      case "/metrics" ->
          Optional.ofNullable(metrics)
              .map(text -> get(request, () -> scrape(text)))
              .orElse(NOT_FOUND);
      case "/healthz" -> get(request, () -> check(alive.get()));
      case "/readyz" -> get(request, () -> check(ready.get()));
      default -> NOT_FOUND;
    };
  }

  /** Bounded, because it costs something; health and readiness never wait for scrapes. */
  private Answer scrape(Supplier<String> text) {
    if (!permits.tryAcquire()) {
      return text(Status.UNAVAILABLE, "busy");
    }
    try {
      return new Answer(Status.OK, PROMETHEUS, text.get());
    } finally {
      permits.release();
    }
  }

  /** Good while there is nothing to complain of. */
  private static Answer check(String complaint) {
    return complaint.isEmpty() ? text(Status.OK, "ok") : text(Status.UNAVAILABLE, complaint);
  }

  private static Answer get(Request request, Supplier<Answer> answer) {
    return request.method().equals("GET")
        ? answer.get()
        : text(Status.METHOD_NOT_ALLOWED, "method not allowed");
  }

  private static Answer text(Status status, String line) {
    return new Answer(status, PageServer.TEXT, line + "\n");
  }

  @Override
  public void close() {
    server.close();
  }
}
