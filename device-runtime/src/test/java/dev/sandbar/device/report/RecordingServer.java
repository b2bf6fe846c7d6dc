package dev.sandbar.device.report;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A webhook on loopback that keeps what it got and answers as told. */
final class RecordingServer implements AutoCloseable {

  record Received(String path, String body, String signature, String authorization) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  final List<Received> received = new CopyOnWriteArrayList<>();

  RecordingServer(int port, Function<Received, Integer> status) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            var headers = exchange.getRequestHeaders();
            var one =
                new Received(
                    exchange.getRequestURI().toString(),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                    String.valueOf(headers.getFirst("X-Signature")),
                    String.valueOf(headers.getFirst("Authorization")));
            int code = status.apply(one);
            if (code == 200) {
              received.add(one);
            }
            exchange.sendResponseHeaders(code, -1);
          }
        });
    server.setExecutor(threads);
    server.start();
  }

  static RecordingServer accepting() throws IOException {
    return new RecordingServer(0, one -> 200);
  }

  int port() {
    return server.getAddress().getPort();
  }

  String url() {
    return "http://127.0.0.1:" + port() + "/hook";
  }

  List<String> bodies() {
    return received.stream().map(Received::body).toList();
  }

  void forget() {
    received.clear();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
