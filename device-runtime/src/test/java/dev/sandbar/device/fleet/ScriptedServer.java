package dev.sandbar.device.fleet;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sandbar.device.kube.ApiCredentials;
import dev.sandbar.device.kube.ApiLimits;
import dev.sandbar.device.kube.ApiServerAddress;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.Trust;
import dev.sandbar.device.report.AgentMetrics.FleetRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server on loopback that answers each request as the test's next line of script says. */
final class ScriptedServer implements AutoCloseable {

  /** One request as it came. */
  record Seen(String method, String path, String body) {}

  /** Answers one request. */
  interface Script {
    void answer(HttpExchange exchange) throws IOException, InterruptedException;
  }

  private final HttpServer server;
  private final BlockingQueue<Script> scripts = new LinkedBlockingQueue<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final KubeApi api;

  private ScriptedServer(HttpServer server) {
    this.server = server;
    this.api =
        new KubeApi(
            new ApiServerAddress(address().server()),
            new Trust.Platform(),
            new ApiCredentials.Anonymous(),
            new ApiLimits(Duration.ofSeconds(2), Duration.ofSeconds(2), ApiLimits.DEFAULT.answer()),
            InstantSource.system());
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  static ScriptedServer start() throws IOException {
    return new ScriptedServer(
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      seen.add(new Seen(exchange.getRequestMethod(), exchange.getRequestURI().toString(), body));
      Script script = scripts.poll(30, TimeUnit.SECONDS);
      if (script != null) {
        script.answer(exchange);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The next request is answered so. */
  ScriptedServer then(Script script) {
    scripts.add(script);
    return this;
  }

  ScriptedServer then(int status, String body, String... headers) {
    return then(
        exchange -> {
          for (int i = 0; i < headers.length; i += 2) {
            exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
          }
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
        });
  }

  /** A stream of these lines, which ends then. */
  ScriptedServer thenLines(String... lines) {
    return thenLines(Duration.ZERO, lines);
  }

  /** A stream of these lines, which stays open for so long. */
  ScriptedServer thenLines(Duration open, String... lines) {
    return then(
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          OutputStream out = exchange.getResponseBody();
          for (String line : lines) {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
          }
          Thread.sleep(open);
        });
  }

  List<Seen> seen() {
    return seen;
  }

  FleetApi api() {
    return api(
        new FleetApi.Witness() {
          @Override
          public void exchanged(FleetRequest kind, boolean good) {}

          @Override
          public void turned() {}

          @Override
          public void returned() {}
        });
  }

  FleetApi api(FleetApi.Witness witness) {
    return new FleetApi(api, Clock.systemUTC(), witness);
  }

  FleetAddress address() {
    return new FleetAddress(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort()), "plant", "pump-1");
  }

  @Override
  public void close() {
    api.close();
    server.stop(0);
  }
}
