package dev.sandbar.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class EndpointsTest {

  private final AtomicBoolean alive = new AtomicBoolean(true);
  private final AtomicBoolean ready = new AtomicBoolean();
  private final HttpClient client = HttpClient.newHttpClient();

  private Endpoints start(Supplier<String> metrics) throws Exception {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return Endpoints.start(
        address,
        false,
        metrics,
        () -> alive.get() ? "" : "stuck",
        () -> ready.get() ? "" : "not yet");
  }

  private HttpResponse<String> send(Endpoints server, String method, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
    return client.send(
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(10))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void pathsAndMethodsAreTheseAndNoOthers() throws Exception {
    try (var server = start(() -> "sandbar_up 1\n")) {
      var page = send(server, "GET", "/metrics");
      assertThat(page.body()).isEqualTo("sandbar_up 1\n");
      assertThat(page.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/plain; version=0.0.4");
      assertThat(send(server, "GET", "/healthz?verbose=1").statusCode()).isEqualTo(200);
      var notReady = send(server, "GET", "/readyz");
      assertThat(notReady.statusCode()).isEqualTo(503);
      assertThat(notReady.body()).isEqualTo("not yet\n");
      for (String path : List.of("/", "/metrics/", "/metrics/x", "/..", "/healthzz", "//metrics")) {
        assertThat(send(server, "GET", path).statusCode()).as(path).isEqualTo(404);
      }
      for (String method : List.of("POST", "PUT", "DELETE", "HEAD", "OPTIONS")) {
        var refused = send(server, method, "/metrics");
        assertThat(refused.statusCode()).as(method).isEqualTo(405);
        assertThat(refused.headers().firstValue("Allow")).hasValue("GET");
      }
    }
  }

  @Test
  void healthAndReadinessFollowTheAgent() throws Exception {
    try (var server = start(() -> "")) {
      ready.set(true);
      alive.set(false);
      assertThat(send(server, "GET", "/healthz").statusCode()).isEqualTo(503);
      assertThat(send(server, "GET", "/readyz").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void addressThatOthersCanReachNeedsPermission() throws Exception {
    var everywhere = new InetSocketAddress("0.0.0.0", 0);
    assertThatThrownBy(() -> Endpoints.start(everywhere, false, () -> "", () -> "", () -> ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("use 127.0.0.1");
    try (var server = Endpoints.start(everywhere, true, () -> "", () -> "", () -> "")) {
      assertThat(send(server, "GET", "/healthz").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void slowScrapesBeyondTheLimitAreTurnedAway() throws Exception {
    var inside = new CountDownLatch(8);
    var go = new CountDownLatch(1);
    Supplier<String> slow =
        () -> {
          inside.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return "late\n";
        };
    try (var server = start(slow)) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        threads.add(Thread.ofVirtual().start(() -> assertThat(quietly(server)).isEqualTo(200)));
      }
      inside.await();
      assertThat(send(server, "GET", "/metrics").statusCode()).isEqualTo(503);
      assertThat(send(server, "GET", "/healthz").statusCode()).isEqualTo(200);
      go.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(send(server, "GET", "/metrics").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void probesHaveAPortWithoutMetrics() throws Exception {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (var server = Endpoints.startProbes(address, () -> "stuck", () -> "")) {
      assertThat(send(server, "GET", "/healthz").statusCode()).isEqualTo(503);
      assertThat(send(server, "GET", "/readyz").statusCode()).isEqualTo(200);
      assertThat(send(server, "GET", "/metrics").statusCode()).isEqualTo(404);
    }
  }

  private int quietly(Endpoints server) {
    try {
      return send(server, "GET", "/metrics").statusCode();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
