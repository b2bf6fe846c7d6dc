package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
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
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What the bounds of the JDK's HTTP server do to clients that say too little. */
class HttpBoundsTest {

  private final HttpClient client = HttpClient.newHttpClient();

  /** A process of its own: the limits are read once, by the first server of a process. */
  static final class Standalone {
    private Standalone() {}

    public static void main(String[] args) throws Exception {
      HttpBounds.apply();
      var server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
      HttpBounds.handle(server, "/", Standalone::answer);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.start();
      System.out.println(server.getAddress().getPort());
      System.out.flush();
      int unused = System.in.read();
    }

    private static void answer(HttpExchange exchange) throws IOException {
      try (exchange) {
        exchange.sendResponseHeaders(204, -1);
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
        assertThat(headers(socket, answers, method + " /x HTTP/1.1\r\nHost: x\r\n\r\n"))
            .as(method)
            .doesNotContain("Connection: close");
      }
      String body = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
      assertThat(headers(socket, answers, body)).contains("Connection: close");
      assertThat(answers.read()).isEqualTo(-1);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Sends a request; the lines of the answer, which has no body. */
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
    return lines;
  }

  @Test
  void anAnswerDoesNotWaitForABodyThatNobodyReads() throws Exception {
    Process process = standalone();
    try (var out = process.inputReader(StandardCharsets.UTF_8);
        var socket =
            new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(out.readLine()))) {
      socket.setSoTimeout(20_000);
      String head = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
      long began = System.nanoTime();
      socket.getOutputStream().write((head + "begun").getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 204");
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
      URI uri = URI.create("http://127.0.0.1:" + port + "/x");
      return client
              .send(
                  HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 204;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
