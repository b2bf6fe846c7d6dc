package dev.sandbar.source.git;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Executors;

/**
 * All that a Git server says: the first byte chooses where the answer to the first request ends and
 * that to the next ones begins.
 */
class AdvertisementFuzz {
  private static final GitLimits LIMITS = GitLimits.DEFAULT.withTimeout(Duration.ofSeconds(5));
  private static volatile byte[] first = {};
  private static volatile byte[] next = {};
  private static final HttpServer SERVER = serve();
  private static final Path STATE = state();

  @FuzzTest
  void advertisement(byte[] bytes) {
    int split = bytes.length == 0 ? 0 : 1 + (bytes[0] & 0xFF) * (bytes.length - 1) / 255;
    first = bytes.length == 0 ? bytes : Arrays.copyOfRange(bytes, 1, split);
    next = Arrays.copyOfRange(bytes, split, bytes.length);
    var source =
        new GitRepositorySource(
            GitSettings.of("http://127.0.0.1:" + SERVER.getAddress().getPort() + "/repo"),
            LIMITS,
            STATE);
    if (source.poll("") instanceof PollResult.Failed(var fault)) {
      require(fault.reason() != Fault.Reason.LOCAL_STATE, "the clone is blamed: " + fault);
      require(fault.toString().length() < 600, "an endless message");
      require(fault.toString().codePoints().noneMatch(Character::isISOControl), fault.toString());
      require(!fault.retryAfter().isNegative(), "a negative wait");
    }
  }

  private static HttpServer serve() {
    try {
      var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", AdvertisementFuzz::answer);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.start();
      return server;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      boolean begins = exchange.getRequestMethod().equals("GET");
      String kind = begins ? "advertisement" : "result";
      exchange.getResponseHeaders().set("Content-Type", "application/x-git-upload-pack-" + kind);
      byte[] body = begins ? first : next;
      exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static Path state() {
    try {
      Path folder = Files.createTempDirectory("advertisement-fuzz");
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
