package dev.sandbar.operator.gitsource;

import com.sun.net.httpserver.HttpServer;
import dev.sandbar.report.HttpBounds;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Listens for pushes. Plain HTTP: TLS ends at the Ingress before it. Nothing secret is received;
 * the key itself never travels.
 */
public final class WebhookServer implements AutoCloseable {
  private static final int BACKLOG = 128;

  private final HttpServer server;
  private final WebhookHandler handler;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private WebhookServer(HttpServer server, WebhookHandler handler) {
    this.server = server;
    this.handler = handler;
  }

  /**
   * Starts to listen.
   *
   * @param address port 0 takes a free one
   * @throws IOException if the address cannot be listened on
   */
  public static WebhookServer start(InetSocketAddress address, WebhookHandler handler)
      throws IOException {
    HttpBounds.apply();
    var started = new WebhookServer(HttpServer.create(address, BACKLOG), handler);
    HttpBounds.handle(started.server, WebhookHandler.PATH, handler);
    started.server.setExecutor(started.threads);
    started.server.start();
    return started;
  }

  /** The port. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    handler.close();
  }
}
