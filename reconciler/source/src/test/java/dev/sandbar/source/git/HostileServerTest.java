package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.failed;
import static dev.sandbar.source.git.Polls.fetched;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void aPackThatTheServerCutsIsAFaultOfTheNetworkAndTheCloneStays() throws IOException {
    var source = served.source(served.settings());
    String first = fetched(source.poll("")).revision();
    Path kept = Files.writeString(temp.resolve("state/repository.git/kept"), "");
    var random = new Random(1);
    served
        .repository
        .write("a.yaml", "a: " + random.ints(500).mapToObj(Integer::toString).collect(joining()))
        .commit();
    for (int keep : new int[] {0, 3, 14, 60, 150, 1000}) {
      server.interception =
          exchange -> {
            byte[] answer = server.backend(exchange);
            boolean pack = new String(answer, ISO_8859_1).contains("packfile\n");
            return ServedRepository.send(exchange, answer, pack ? keep : answer.length);
          };
      Fault fault = failed(source.poll(first), Reason.UNREACHABLE);
      assertThat(fault.message()).as("%d bytes", keep).contains("ended the connection");
      assertThat(kept).exists();
    }
    server.interception = exchange -> false;
    fetched(source.poll(first));
  }

  @Test
  void aPackOfJunkIsAFaultOfTheServer() {
    var source = served.source(served.settings());
    for (String junk : new String[] {"JUNK", "PACK\0\0\0\7", "PACK\0\0\0\2\0\0\0\1junk"}) {
      server.interception =
          exchange -> {
            String answer = new String(server.backend(exchange), ISO_8859_1);
            int begin = answer.indexOf("PACK", answer.indexOf("packfile\n"));
            boolean pack = answer.contains("packfile\n") && begin > 0;
            byte[] sent =
                (pack
                        ? answer.substring(0, begin)
                            + junk
                            + answer.substring(begin + junk.length())
                        : answer)
                    .getBytes(ISO_8859_1);
            return ServedRepository.send(exchange, sent, sent.length);
          };
      Fault fault = failed(source.poll(""), Reason.UNREACHABLE);
      assertThat(fault.message()).contains("the server sends a damaged pack");
    }
    server.interception = exchange -> false;
    fetched(source.poll(""));
  }

  /** A folder is one object, which no disk has damaged. */
  @Test
  void aFolderOfTooManyFilesIsAFaultOfTheRepository() throws IOException {
    String blob = served.repository.blob("x");
    var entries = new String[40_000];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = "100644 " + blob + " some-file-%05d.txt".formatted(i);
    }
    served.repository.commitTree(served.repository.tree(entries));
    assertThat(failed(served.source(served.settings()).poll(""), Reason.TOO_LARGE).message())
        .contains("a folder has more files than are read");
  }

  @Test
  void aServerThatAsksToBeLeftAloneIs() {
    server.interception =
        exchange -> {
          exchange.getResponseHeaders().add("Retry-After", "45");
          return ServedRepository.status(exchange, 429);
        };
    var source = served.source(served.settings());
    Fault fault = failed(source.poll(""), Reason.UNREACHABLE);
    assertThat(fault.message()).contains("429");
    assertThat(fault.retryAfter()).isEqualTo(Duration.ofSeconds(45));
    server.interception = exchange -> false;
    server.requests.clear();
    PollResult resting = source.poll("");
    assertThat(resting).isInstanceOf(PollResult.Resting.class);
    Fault again = ((PollResult.Resting) resting).fault();
    assertThat(server.requests).isEmpty();
    assertThat(again.toString()).isEqualTo(fault.toString());
    assertThat(again.retryAfter()).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(45));
  }

  @ParameterizedTest
  @CsvSource({
    "503, 0, PT0S",
    "503, 7, PT7S",
    "500, 99999999999, PT0S",
    "429, 999999999, PT1H",
    "429, -5, PT0S",
    "429, soon, PT0S",
    "403, 60, PT1M",
    "404, 60, PT0S",
    "429, 'Fri, 31 Dec 2100 23:59:59 GMT', PT1H",
    "429, 'Fri, 31 Dec 1999 23:59:59 GMT', PT0S"
  })
  void noServerSilencesASourceForLong(int status, String wait, Duration expected) {
    server.interception =
        exchange -> {
          exchange.getResponseHeaders().add("Retry-After", wait);
          return ServedRepository.status(exchange, status);
        };
    var failed = (PollResult.Failed) served.source(served.settings()).poll("");
    assertThat(failed.fault().retryAfter()).isEqualTo(expected);
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
          exchange
              .getResponseHeaders()
              .add("Content-Type", "application/x-git-upload-pack-advertisement");
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
