package dev.sandbar.device.fetch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.device.TestTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A web server with TLS on loopback that answers as a test wants. */
final class FileServer implements AutoCloseable {

  private final TestTls tls;
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** Path and query, range and authorization of every request, apart by blanks. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  FileServer(TestTls tls) throws IOException {
    this.tls = tls;
    this.server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls.server()));
    server.setExecutor(threads);
    server.start();
  }

  /** Answers at and below this path. */
  FileServer at(String path, HttpHandler handler) {
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            requests.add(
                exchange.getRequestURI()
                    + " "
                    + header(exchange, "Range")
                    + " "
                    + header(exchange, "Authorization"));
            handler.handle(exchange);
          }
        });
    return this;
  }

  static String header(HttpExchange exchange, String name) {
    return Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst(name), "");
  }

  /** Serves a file as servers do, ranges included. */
  static HttpHandler file(byte[] content) {
    return exchange -> {
      String range = header(exchange, "Range");
      if (range.isEmpty()) {
        send(exchange, 200, content, 0, content.length);
        return;
      }
      String[] ends = range.substring("bytes=".length()).split("-", 2);
      int from = Integer.parseInt(ends[0]);
      int to = ends[1].isEmpty() ? content.length : Integer.parseInt(ends[1]) + 1;
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, content.length));
      exchange.sendResponseHeaders(206, to - from);
      exchange.getResponseBody().write(content, from, to - from);
    };
  }

  /** Promises the whole file, and hangs up after so many bytes. */
  static HttpHandler cut(byte[] content, int after) {
    return exchange -> send(exchange, 200, content, 0, after);
  }

  static HttpHandler status(int status) {
    return exchange -> exchange.sendResponseHeaders(status, -1);
  }

  static HttpHandler redirect(String location) {
    return exchange -> {
      exchange.getResponseHeaders().set("Location", location);
      exchange.sendResponseHeaders(307, -1);
    };
  }

  private static void send(HttpExchange exchange, int status, byte[] content, int from, int to)
      throws IOException {
    exchange.sendResponseHeaders(status, content.length - from);
    exchange.getResponseBody().write(content, from, to - from);
    exchange.getResponseBody().flush();
  }

  String host() {
    return "localhost:" + server.getAddress().getPort();
  }

  String url(String path) {
    return "https://" + host() + path;
  }

  /** That its certificate is trusted. */
  DeviceSettings.Images trusted(String authFile) {
    return new DeviceSettings.Images(tls.authority().toString(), authFile);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
