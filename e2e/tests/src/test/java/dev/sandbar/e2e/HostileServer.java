package dev.sandbar.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.HttpsGitServer.Interception;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A server on the loopback of a device: that of its repository, which at times answers what no
 * server of Git does, and a registry of what no registry has.
 */
final class HostileServer implements AutoCloseable {
  private final HttpsGitServer server;
  private final ServerSocket elsewhere;
  private final Path root;
  private final Map<String, Interception> registry = new ConcurrentHashMap<>();
  private volatile Interception git = exchange -> false;

  private HostileServer(Path root) throws Exception {
    this.root = root;
    this.server = HttpsGitServer.start(root);
    this.elsewhere = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    server.interception =
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          return path.startsWith("/v2/")
              ? registry.getOrDefault(path, HostileServer::isAbsent).answer(exchange)
              : git.answer(exchange);
        };
  }

  /**
   * Starts one.
   *
   * @param root holds the repositories
   */
  static HostileServer on(VirtualDevice device, Path root) throws Exception {
    return device.network().call(() -> new HostileServer(root));
  }

  /** The address of a repository, or the beginning of one of anything else. */
  String url(String path) {
    return server.url(path);
  }

  /** Its certificate. */
  String caPem() throws IOException {
    return Files.readString(Path.of(HttpsGitServer.caFile(root)));
  }

  /** As images name it. */
  String host() {
    return server.url("").replaceAll("^https://|/$", "");
  }

  /** From now on it answers this to Git. */
  void git(Interception answer) {
    git = answer;
    server.requests.clear();
  }

  /** What Git was asked for since then. */
  List<String> requests() {
    return server.requests.stream().filter(it -> !it.contains("/v2/")).toList();
  }

  /** Another server, which nothing may ask. */
  int elsewhere() {
    return elsewhere.getLocalPort();
  }

  boolean wasLedElsewhere() throws IOException {
    elsewhere.setSoTimeout(1);
    try (var _ = elsewhere.accept()) {
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  /** Answers for what the registry has under this path, which begins with {@code /v2/}. */
  void registry(String path, Interception answer) {
    registry.put(path, answer);
  }

  /** Puts a manifest there, and gives its digest. */
  String manifest(String repository, String text) {
    String digest = "sha256:" + Sha256.of(text);
    registry("/v2/%s/manifests/%s".formatted(repository, digest), with(text.getBytes(UTF_8)));
    return digest;
  }

  private static boolean isAbsent(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(404, -1);
    return true;
  }

  private static Interception with(byte[] body) {
    return exchange -> {
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      return true;
    };
  }

  @Override
  public void close() throws IOException {
    server.close();
    elsewhere.close();
  }
}
