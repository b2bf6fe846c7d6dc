package dev.sandbar.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
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
      assertThat(send(server, "GET", "/healthz").statusCode()).isEqualTo(200);
      var notReady = send(server, "GET", "/readyz");
      assertThat(notReady.statusCode()).isEqualTo(503);
      assertThat(notReady.body()).isEqualTo("not yet\n");
      for (String path : List.of("/", "/metrics/", "/metrics/x", "/..", "/healthzz")) {
        assertThat(send(server, "GET", path).statusCode()).as(path).isEqualTo(404);
      }
      // Later ones of the JDK's servers take it for no request at all.
      assertThat(send(server, "GET", "//metrics").statusCode()).isIn(400, 404);
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

  /** A process of its own: the limits are read once, by the first server of a process. */
  static final class Standalone {
    private Standalone() {}

    public static void main(String[] args) throws Exception {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      try (var server = Endpoints.start(address, false, () -> "", () -> "", () -> "")) {
        System.out.println(server.address().getPort());
        System.out.flush();
        int unused = System.in.read();
      }
    }
  }

  private static Process standalone() throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            Standalone.class.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void oneConnectionIsAnsweredAgainAndAgainAndItsEndIsAnnounced() throws Exception {
    Process process = standalone();
    try (var out = process.inputReader(StandardCharsets.UTF_8);
        var socket =
            new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(out.readLine()))) {
      socket.setSoTimeout(20_000);
      var answers =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      for (String method : List.of("GET", "HEAD", "DELETE", "GET")) {
        assertThat(headers(socket, answers, method + " /healthz HTTP/1.1\r\nHost: x\r\n\r\n"))
            .as(method)
            .doesNotContain("Connection: close");
      }
      String body = "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
      assertThat(headers(socket, answers, body)).contains("Connection: close");
      assertThat(answers.read()).isEqualTo(-1);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Sends a request; the lines of the answer's head, its body read too. */
  private static List<String> headers(Socket socket, BufferedReader answers, String request)
      throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    List<String> lines = new ArrayList<>();
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.isEmpty()) {
        break;
      }
      lines.add(line);
    }
    assertThat(lines).isNotEmpty();
    int length = 0;
    for (String line : lines) {
      if (line.startsWith("Content-length: ")) {
        length = Integer.parseInt(line.substring("Content-length: ".length()));
      }
    }
    for (int i = 0; i < length; i++) {
      assertThat(answers.read()).isNotEqualTo(-1);
    }
    return lines;
  }

  @Test
  void anAnswerDoesNotWaitForABodyThatNobodyReads() throws Exception {
    Process process = standalone();
    try (var out = process.inputReader(StandardCharsets.UTF_8);
        var socket =
            new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(out.readLine()))) {
      socket.setSoTimeout(20_000);
      String head = "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
      long began = System.nanoTime();
      socket.getOutputStream().write((head + "begun").getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 405");
      int next = endOf(socket);
      while (next >= 0) {
        next = endOf(socket);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .as("before any limit of time")
          .isLessThan(Duration.ofSeconds(8));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void connectionsThatSayNothingAreEndedAndDoNotShutOthersOut() throws Exception {
    Process process = standalone();
    List<Socket> silent = new ArrayList<>();
    try (var out = process.inputReader(StandardCharsets.UTF_8)) {
      int port = Integer.parseInt(out.readLine());
      for (int i = 0; i < 100; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        if (i % 2 == 0) {
          socket.getOutputStream().write("GET /met".getBytes(StandardCharsets.US_ASCII));
        }
        silent.add(socket);
        if (i % 33 == 32) {
          assertThat(answers(port)).as("beside %d silent connections", i + 1).isTrue();
        }
      }
      assertThat(endOf(silent.getFirst())).isEqualTo(-1);
      assertThat(endOf(silent.get(1))).isEqualTo(-1);
      assertThat(answers(port)).isTrue();
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
      process.destroyForcibly();
    }
  }

  /** What a read gives once the server has ended the connection. */
  private static int endOf(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (SocketException e) {
      return -1; // Reset, which is an end as well.
    }
  }

  private boolean answers(int port) {
    try {
      URI uri = URI.create("http://127.0.0.1:" + port + "/healthz");
      return client
              .send(
                  HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
