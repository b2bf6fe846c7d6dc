package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.sandbar.device.TestTls;
import dev.sandbar.device.report.AlertSender.Outcome;
import dev.sandbar.source.secret.TrustedAuthorities;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedHttpTest {

  private static final Duration DEADLINE = Duration.ofMillis(800);

  @TempDir Path folder;

  private interface Conversation {
    void with(InputStream in, OutputStream out) throws Exception;
  }

  private static Outcome post(Conversation conversation) throws Exception {
    try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        var http = http()) {
      Thread thread = Thread.ofVirtual().start(() -> serve(server, conversation));
      Outcome outcome =
          http.post(
              URI.create("http://127.0.0.1:" + server.getLocalPort() + "/"),
              Map.of(),
              "{}".getBytes(StandardCharsets.UTF_8));
      thread.interrupt();
      return outcome;
    }
  }

  private static BoundedHttp http() {
    return new BoundedHttp(
        TrustedAuthorities.system(), DEADLINE, new ServerClock(InstantSource.system()), true);
  }

  private static void serve(ServerSocket server, Conversation conversation) {
    try (Socket socket = server.accept()) {
      // An unread request would turn the end of the connection into a reset, and lose the answer.
      InputStream in = socket.getInputStream();
      for (int last = 0, c = in.read(); !(last == '{' && c == '}'); c = in.read()) {
        last = c;
      }
      conversation.with(in, socket.getOutputStream());
    } catch (Exception e) {
      // The client hung up, which is what these tests are about.
    }
  }

  private static void say(OutputStream out, String text) throws Exception {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static Duration timed(Conversation conversation, Outcome[] outcome) throws Exception {
    long began = System.nanoTime();
    outcome[0] = post(conversation);
    return Duration.ofNanos(System.nanoTime() - began);
  }

  @Test
  void silentServerIsLeftAfterTheDeadline() throws Exception {
    var outcome = new Outcome[1];
    Duration took = timed((in, out) -> Thread.sleep(10_000), outcome);
    assertThat(outcome[0]).isInstanceOf(Outcome.Retry.class);
    assertThat(took).isLessThan(DEADLINE.multipliedBy(3));
  }

  @Test
  void trickledBodyIsLeftAfterTheDeadline() throws Exception {
    var outcome = new Outcome[1];
    Duration took =
        timed(
            (in, out) -> {
              say(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
              for (int i = 0; i < 1000; i++) {
                say(out, "x");
                Thread.sleep(50);
              }
            },
            outcome);
    assertThat(outcome[0]).isInstanceOf(Outcome.Retry.class);
    assertThat(took).isLessThan(DEADLINE.multipliedBy(3));
  }

  @Test
  void endlessBodyIsCutOffAndTheVerdictStands() throws Exception {
    var sent = new AtomicLong();
    var outcome =
        post(
            (in, out) -> {
              say(out, "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n");
              String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
              for (int i = 0; i < 100_000; i++) {
                say(out, chunk);
                sent.addAndGet(chunk.length());
              }
            });
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    assertThat(((Outcome.Refused) outcome).reason()).hasSizeLessThan(300).startsWith("HTTP 400: x");
    assertThat(sent.get()).isLessThan(50L << 20);
  }

  @Test
  void redirectIsNotFollowed() throws Exception {
    try (var elsewhere = RecordingServer.accepting()) {
      var outcome =
          post(
              (in, out) ->
                  say(
                      out,
                      "HTTP/1.1 307 Go\r\nLocation: "
                          + elsewhere.url()
                          + "\r\nContent-Length: 0\r\n\r\n"));
      assertThat(outcome).isInstanceOf(Outcome.Retry.class);
      assertThat(elsewhere.received).isEmpty();
    }
  }

  @Test
  void retryAfterIsHeardAndBounded() throws Exception {
    assertThat(retryAfter("7")).isEqualTo(Duration.ofSeconds(7));
    assertThat(retryAfter("999999")).isEqualTo(Duration.ofHours(1));
    assertThat(retryAfter("99999999999999999999")).isEqualTo(Duration.ZERO);
    assertThat(retryAfter("Wed, 21 Oct 2026 07:28:00 GMT")).isEqualTo(Duration.ZERO);
  }

  private static Duration retryAfter(String value) throws Exception {
    var outcome =
        post(
            (in, out) ->
                say(
                    out,
                    "HTTP/1.1 503 No\r\nRetry-After: " + value + "\r\nContent-Length: 0\r\n\r\n"));
    return ((Outcome.Retry) outcome).after();
  }

  @Test
  void answerCannotWriteControlCharactersIntoALog() throws Exception {
    var outcome =
        post(
            (in, out) ->
                say(out, "HTTP/1.1 500 No\r\nContent-Length: 12\r\n\r\na\nb\u001b[31mc\rd\0"));
    assertThat(((Outcome.Retry) outcome).reason()).isEqualTo("HTTP 500: a b [31mc d");
  }

  @Test
  void onlyTheConfiguredAuthorityIsTrusted() throws Exception {
    TestTls tls = TestTls.in(folder, "good");
    Path ca = tls.authority();
    Path other = TestTls.in(folder, "other").authority();
    var received = new AtomicInteger();
    HttpsServer server = https(tls.server(), received);
    try {
      String url = "https://localhost:" + server.getAddress().getPort() + "/";
      assertThat(send(url, ca)).isEqualTo(new Outcome.Delivered());
      assertThat(send(url, other)).isInstanceOf(Outcome.Retry.class);
      assertThat(send(url, Path.of("/etc/ssl/certs/ca-certificates.crt")))
          .isInstanceOf(Outcome.Retry.class);
      assertThat(received).hasValue(1);
    } finally {
      server.stop(0);
    }
  }

  private static Outcome send(String url, Path ca) {
    AlertSender sender =
        Alerts.senders("- {name: hook, webhook: '%s', caFile: %s}".formatted(url, ca)).getFirst();
    try (sender) {
      return sender.send(List.of(AlertSender.Message.of(Alerts.firing("IPAddressDeny"))));
    }
  }

  private static HttpsServer https(SSLContext context, AtomicInteger received) throws Exception {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          received.incrementAndGet();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    return server;
  }
}
