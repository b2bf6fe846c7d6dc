package dev.sandbar.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.report.PageServer.Answer;
import dev.sandbar.report.PageServer.Request;
import dev.sandbar.report.PageServer.Status;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that say too little, too much, or nothing that is HTTP. */
class PageServerTest {

  private static final Duration SHORT = Duration.ofMillis(500);
  private static final int MOST_CONNECTIONS = 256;

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private PageServer start(Function<Request, Answer> pages, Duration limit) throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    PageServer server = PageServer.start(address, pages, limit);
    open.add(server);
    return server;
  }

  private PageServer start(Duration limit) throws IOException {
    return start(request -> new Answer(Status.OK, PageServer.TEXT, request.path()), limit);
  }

  private Socket connect(PageServer server) throws IOException {
    var socket = new Socket(server.address().getAddress(), server.address().getPort());
    open.add(socket);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** All that comes until the server ends the connection. */
  private static String all(Socket socket) throws IOException {
    var text = new StringBuilder();
    InputStream in = socket.getInputStream();
    try {
      for (int next = in.read(); next >= 0; next = in.read()) {
        text.append((char) next);
      }
    } catch (SocketException e) {
      text.append("(reset)");
    }
    return text.toString();
  }

  private String ask(PageServer server, String request) throws IOException {
    try (Socket socket = connect(server)) {
      say(socket, request);
      return all(socket);
    }
  }

  @Test
  void oneRequestIsAnsweredAndTheEndAnnounced() throws Exception {
    PageServer server = start(Duration.ofSeconds(10));
    assertThat(ask(server, "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\n\r\n"))
        .isEqualTo(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n"
                + "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n/a");
    assertThat(ask(server, "HEAD /a HTTP/1.1\r\n\r\n"))
        .contains("Content-Length: 2")
        .endsWith("\r\n\r\n");
    assertThat(ask(server, "GET /a HTTP/1.0\n\n")).endsWith("\r\n\r\n/a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/2\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET http://x/ HTTP/1.1\r\n\r\n",
        "CONNECT x:1 HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u0016\u0003\u0001\u0000\n\n"
      })
  void whatIsNoRequestIsRefused(String text) throws Exception {
    assertThat(ask(start(Duration.ofSeconds(10)), text)).startsWith("HTTP/1.1 400 Bad Request\r\n");
  }

  @Test
  void fieldsWithoutEndAreRefused() throws Exception {
    String endless = "GET / HTTP/1.1\r\nX: " + "x".repeat(64 << 10);
    assertThat(ask(start(Duration.ofSeconds(10)), endless)).startsWith("HTTP/1.1 431 ");
  }

  @Test
  void anAnswerDoesNotWaitForABodyThatNobodyReads() throws Exception {
    PageServer server = start(Duration.ofSeconds(20));
    long began = System.nanoTime();
    assertThat(ask(server, "POST /a HTTP/1.1\r\nContent-Length: 100\r\n\r\nbegun"))
        .startsWith("HTTP/1.1 200");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void whoeverSaysTooLittleOrTakesNothingInIsLeft() throws Exception {
    String large = "x".repeat(32 << 20);
    PageServer server = start(request -> new Answer(Status.OK, PageServer.TEXT, large), SHORT);
    Socket silent = connect(server);
    Socket begun = connect(server);
    say(begun, "GET /met");
    Socket deaf = connect(server);
    say(deaf, "GET / HTTP/1.1\r\n\r\n");
    assertThat(all(silent)).isIn("", "(reset)");
    assertThat(all(begun)).isIn("", "(reset)");
    assertThat(all(deaf)).hasSizeLessThan(large.length());
  }

  @Test
  void whoeverDripsIsLeftToo() throws Exception {
    PageServer server = start(SHORT);
    Socket drip = connect(server);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              try {
                say(drip, "x");
                return false;
              } catch (SocketException e) {
                return true;
              }
            });
  }

  @Test
  void silentConnectionsShutNobodyOutUntilThereAreTooMany() throws Exception {
    PageServer server = start(Duration.ofMinutes(10));
    var silent = new ArrayList<Socket>();
    while (silent.size() < MOST_CONNECTIONS - 1) {
      silent.add(connect(server));
    }
    assertThat(ask(server, "GET /a HTTP/1.1\r\n\r\n")).endsWith("/a");
    // The one that was answered may be among them for another moment.
    await().until(() -> isTurnedAway(server, silent));
    assertThat(silent).hasSizeLessThanOrEqualTo(MOST_CONNECTIONS);
    for (Socket socket : silent) {
      socket.close();
    }
    await().until(() -> ask(server, "GET /a HTTP/1.1\r\n\r\n").endsWith("/a"));
  }

  private boolean isTurnedAway(PageServer server, List<Socket> kept) throws IOException {
    Socket another = connect(server);
    another.setSoTimeout(1_000);
    try {
      return !all(another).contains("HTTP");
    } catch (SocketTimeoutException e) {
      kept.add(another);
      return false;
    }
  }

  @Test
  void aPageThatFailsIsNoEnd() throws Exception {
    PageServer server =
        start(
            request -> {
              throw new IllegalStateException("secret");
            },
            Duration.ofSeconds(10));
    for (int i = 0; i < 2; i++) {
      assertThat(ask(server, "GET /a HTTP/1.1\r\n\r\n"))
          .startsWith("HTTP/1.1 500 ")
          .endsWith("\r\n\r\nfailed\n");
    }
  }

  @Test
  void whenItIsClosedNobodyWaits() throws Exception {
    PageServer server = start(Duration.ofMinutes(10));
    Socket waits = connect(server);
    assertThat(ask(server, "GET /a HTTP/1.1\r\n\r\n")).endsWith("/a");
    server.close();
    assertThat(all(waits)).isIn("", "(reset)");
  }
}
