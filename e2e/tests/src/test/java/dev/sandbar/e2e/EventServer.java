package dev.sandbar.e2e;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A webhook on loopback that keeps what it got. */
final class EventServer implements AutoCloseable {

  record Event(String body, String signature) {}

  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  EventServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String body =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            events.add(
                new Event(
                    body, String.valueOf(exchange.getRequestHeaders().getFirst("X-Signature"))));
            exchange.sendResponseHeaders(200, -1);
          }
        });
    server.setExecutor(threads);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
  }

  List<Event> events() {
    return List.copyOf(events);
  }

  /** Whether an event of this reason told of the app and the subject. */
  boolean received(String reason, String app, String subject) {
    return events.stream()
        .map(Event::body)
        .anyMatch(
            body ->
                body.contains("\"reason\":\"" + reason + "\"")
                    && body.contains("\"name\":\"" + app + "\"")
                    && body.contains(subject));
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
