package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.failed;
import static dev.sandbar.source.git.Polls.fetched;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that hangs, trickles, floods or lies cannot hold a poll or fill the memory. */
class HostileServerTest {
  private static final GitLimits QUICK = GitLimits.DEFAULT.withTimeout(Duration.ofSeconds(3));

  @TempDir Path temp;
  private ServedRepository served;
  private HttpsGitServer server;

  @BeforeEach
  void startServer() throws Exception {
    served = new ServedRepository(temp);
    server = served.server;
  }

  @AfterEach
  void stopServer() {
    served.close();
  }

  @Test
  void anAnswerThatIsCutOffFailsAndTheNextPollWorks() {
    var source = served.source(served.settings());
    for (int keep : new int[] {0, 10, 100, 300}) {
      server.interception =
          exchange -> {
            byte[] answer = server.backend(exchange);
            return ServedRepository.send(exchange, answer, Math.min(keep, answer.length));
          };
      assertThat(source.poll("")).as("%d bytes", keep).isInstanceOf(PollResult.Failed.class);
    }
    server.interception = exchange -> false;
    fetched(source.poll(""));
  }

  @Test
  void aServerThatNeverAnswersCannotHoldThePoll() {
    var release = new CountDownLatch(1);
    server.interception =
        exchange -> {
          await(release);
          return true;
        };
    assertEndsInTime();
    release.countDown();
  }

  @Test
  void aServerThatAnswersByteByByteCannotHoldThePoll() {
    server.interception =
        exchange -> {
          exchange
              .getResponseHeaders()
              .add("Content-Type", "application/x-git-upload-pack-advertisement");
          exchange.sendResponseHeaders(200, 0);
          OutputStream body = exchange.getResponseBody();
          byte[] slow = "001e# service=git-upload-pack\n0000ffff".getBytes(ISO_8859_1);
          for (int i = 0; i < 200; i++) {
            body.write(i < slow.length ? slow[i] : 'x');
            body.flush();
            await(new CountDownLatch(1), 100);
          }
          return true;
        };
    assertEndsInTime();
  }

  @Test
  void aListenerThatSpeaksNoTlsCannotHoldThePoll() throws IOException {
    try (var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      long start = System.nanoTime();
      failed(
          served
              .source(GitSettings.of("https://localhost:" + silent.getLocalPort() + "/x"), QUICK)
              .poll(""),
          Reason.TIMED_OUT);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
    }
  }

  @Test
  void endlessRefsAreCutOff() {
    server.interception =
        exchange -> {
          exchange
              .getResponseHeaders()
              .add("Content-Type", "application/x-git-upload-pack-advertisement");
          exchange.sendResponseHeaders(200, 0);
          OutputStream body = exchange.getResponseBody();
          body.write("001e# service=git-upload-pack\n0000".getBytes(ISO_8859_1));
          for (int i = 0; i < 1_000_000; i++) {
            String line =
                "%040x refs/heads/b%07d".formatted(i + 1, i) + (i == 0 ? "\0ofs-delta" : "") + "\n";
            body.write("%04x%s".formatted(line.length() + 4, line).getBytes(ISO_8859_1));
          }
          return true;
        };
    failed(served.source(served.settings()).poll(""), Reason.TOO_LARGE);
  }

  @Test
  void aCompressedAnswerIsRefused() {
    server.interception =
        exchange -> {
          exchange.getResponseHeaders().add("Content-Encoding", "gzip");
          return ServedRepository.status(exchange, 200);
        };
    failed(served.source(served.settings()).poll(""), Reason.UNREACHABLE);
  }

  @Test
  void whatTheServerSaysCannotBreakTheLine() {
    server.interception =
        exchange -> {
          exchange
              .getResponseHeaders()
              .add("Content-Type", "application/x-git-upload-pack-advertisement");
          String line = "ERR no\nway\u001b[31m " + "x".repeat(3000);
          byte[] body =
              "001e# service=git-upload-pack\n0000%04x%s"
                  .formatted(line.length() + 4, line)
                  .getBytes(ISO_8859_1);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          return true;
        };
    Fault fault = failed(served.source(served.settings()).poll(""), Reason.UNREACHABLE);
    assertThat(fault.message()).doesNotContain("\u001b").hasSizeLessThan(300);
  }

  private void assertEndsInTime() {
    long start = System.nanoTime();
    Fault fault = failed(served.source(served.settings(), QUICK).poll(""), Reason.TIMED_OUT);
    assertThat(fault.kind()).isEqualTo(Fault.Kind.TRANSIENT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
  }

  private static void await(CountDownLatch latch) {
    await(latch, 20_000);
  }

  private static void await(CountDownLatch latch, long millis) {
    try {
      if (latch.await(millis, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
