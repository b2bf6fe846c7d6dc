package dev.sandbar.device.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.model.HealthSpec.Readiness;
import dev.sandbar.core.report.CheckResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpCheckTest {

  private static final AddressSet LOOPBACK = AddressSet.of("127.0.0.1/32");

  /** What an app does with a connection. */
  @FunctionalInterface
  private interface App {
    void answer(Socket connection) throws IOException, InterruptedException;
  }

  private static CheckResult ask(App app, Duration timeout) throws IOException {
    try (var server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket connection = server.accept()) {
                  app.answer(connection);
                } catch (IOException | InterruptedException e) {
                  // The check has gone.
                }
              });
      return new HttpCheck()
          .ask(new Readiness.Http(server.getLocalPort(), "/ready"), LOOPBACK, "", timeout);
    }
  }

  private static CheckResult answered(String text) throws IOException {
    return ask(
        connection -> {
          // Reset instead of an end, if what was asked is not read.
          byte[] request = new byte[4096];
          assertThat(connection.getInputStream().read(request)).isPositive();
          connection.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        },
        Duration.ofSeconds(20));
  }

  private static String why(CheckResult result) {
    return result instanceof CheckResult.Failed(String why) ? why : result.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 200 OK, true",
    "HTTP/1.0 204, true",
    "HTTP/1.1 399 x, true",
    "HTTP/1.1 400 Bad, false",
    "HTTP/1.1 503 Busy, false",
    "HTTP/1.1 199 x, false",
    "HTTP/2 200, false",
    "ICY 200 OK, false",
    "HTTP/1.1 2000, false",
    "'', false"
  })
  void theFirstLineDecides(String line, boolean good) throws IOException {
    assertThat(answered(line + "\r\nContent-Length: 0\r\n\r\n") instanceof CheckResult.Passed)
        .isEqualTo(good);
  }

  @Test
  void whatTheAppSaysStaysOutOfMessages() throws IOException {
    assertThat(why(answered("HTTP/1.1 500 SECRET\r\n\r\n")))
        .contains("status 500")
        .doesNotContain("SECRET");
    assertThat(why(answered("SECRET\r\n")))
        .contains("does not speak HTTP")
        .doesNotContain("SECRET");
  }

  @Test
  void theAddressThatWasAskedIsNamed() throws IOException {
    assertThat(why(answered("HTTP/1.1 500 x\r\n\r\n")))
        .matches("it answers with status 500 at 127[.]0[.]0[.]1:[0-9]+");
    int free;
    try (var server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
      free = server.getLocalPort();
    }
    var http = new Readiness.Http(free, "/");
    assertThat(why(new HttpCheck().ask(http, LOOPBACK, "", Duration.ofSeconds(20))))
        .isEqualTo("nothing answers at 127.0.0.1:" + free);
  }

  @Test
  void aLineWithoutEndIsNotReadToItsEnd() throws IOException {
    CheckResult result =
        ask(
            connection -> {
              while (true) {
                connection.getOutputStream().write(new byte[1 << 16]);
              }
            },
            Duration.ofSeconds(20));
    assertThat(why(result)).contains("does not speak HTTP");
  }

  @Test
  void oneThatTricklesOrSaysNothingHasItsTimeAndNoMore() throws IOException {
    App silent = connection -> Thread.sleep(Duration.ofSeconds(60));
    App trickling =
        connection -> {
          while (true) {
            connection.getOutputStream().write('H');
            Thread.sleep(100);
          }
        };
    for (App app : new App[] {silent, trickling}) {
      long begun = System.nanoTime();
      assertThat(why(ask(app, Duration.ofSeconds(1)))).contains("no answer in 1 s");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
    }
  }

  /** Which no interface of the device has, and which is asked from one that the app may answer. */
  @Test
  void anAppWithANetworkOfItsOwnIsAskedAtItsAddress() throws Exception {
    try (var server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.5"))) {
      var asked = new java.util.concurrent.CompletableFuture<String>();
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket connection = server.accept()) {
                  asked.complete(connection.getInetAddress().getHostAddress());
                  connection
                      .getOutputStream()
                      .write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                  asked.completeExceptionally(e);
                }
              });
      var http = new Readiness.Http(server.getLocalPort(), "/");
      assertThat(new HttpCheck().ask(http, LOOPBACK, "127.0.0.5", Duration.ofSeconds(20)))
          .isInstanceOf(CheckResult.Passed.class);
      assertThat(asked.get()).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void nobodyAtThePortAndNoAddressAreTwoThings() throws IOException {
    int port;
    try (var server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = server.getLocalPort();
    }
    var check = new HttpCheck();
    assertThat(why(check.ask(new Readiness.Http(port, "/"), LOOPBACK, "", Duration.ofSeconds(5))))
        .contains("nothing answers at 127.0.0.1:" + port);
    assertThat(
            check.ask(
                new Readiness.Http(port, "/"),
                AddressSet.of("198.51.100.0/24"),
                "",
                Duration.ofSeconds(5)))
        .isInstanceOf(CheckResult.Unasked.class);
  }
}
