package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.failed;
import static dev.sandbar.source.git.Polls.fetched;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.sandbar.gitserver.Command;
import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpsSourceTest {
  private static final GitLimits QUICK = GitLimits.DEFAULT.withTimeout(Duration.ofSeconds(3));

  private static final String ADVERTISEMENT = "/repo/info/refs?service=git-upload-pack";

  @TempDir Path temp;
  private TestRepository repository;
  private HttpsGitServer server;

  @BeforeEach
  void startServer() throws Exception {
    repository = TestRepository.create(temp.resolve("served/repo"));
    repository.write("a.yaml", "a: 1\n").commit();
    server = HttpsGitServer.start(temp.resolve("served"));
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void aRepositoryBehindHttpsIsFollowed() throws IOException {
    var source = source(settings());
    String first = fetched(source.poll("")).revision();
    server.requests.clear();
    assertThat(source.poll(first)).isEqualTo(new PollResult.Unchanged(first));
    assertThat(server.requests).containsExactly("POST /repo/git-upload-pack");
    repository.write("a.yaml", "a: 2\n").commit();
    assertThat(fetched(source.poll(first)).files().get("a.yaml"))
        .isEqualTo("a: 2\n".getBytes(UTF_8));
  }

  @Test
  void looksThatFollowEachOtherShareOneConnection() {
    var source = source(settings());
    var ports = java.util.concurrent.ConcurrentHashMap.<Integer>newKeySet();
    server.interception =
        exchange -> {
          ports.add(exchange.getRemoteAddress().getPort());
          return false;
        };
    String first = fetched(source.poll("")).revision();
    for (int i = 0; i < 3; i++) {
      assertThat(source.poll(first)).isEqualTo(new PollResult.Unchanged(first));
    }
    assertThat(server.requests).hasSizeGreaterThanOrEqualTo(6);
    assertThat(ports).as("one handshake for all of them").hasSize(1);
  }

  @Test
  void aChangeIsFetchedWithoutAskingWhatTheServerCanDo() throws IOException {
    var source = source(settings());
    String first = fetched(source.poll("")).revision();
    server.requests.clear();
    repository.write("a.yaml", "a: 2\n").commit();
    fetched(source.poll(first));
    assertThat(server.requests).containsOnly("POST /repo/git-upload-pack").hasSize(2);
  }

  @Test
  void aServerThatFallsBackToAnOlderProtocolIsAskedAnew() throws IOException {
    var source = source(settings());
    String first = fetched(source.poll("")).revision();
    server.old = true;
    server.requests.clear();
    assertThat(source.poll(first)).isEqualTo(new PollResult.Unchanged(first));
    assertThat(server.requests)
        .containsExactly("POST /repo/git-upload-pack", "GET " + ADVERTISEMENT);
    // Its refs stand in what it says it can do: that must never come from memory.
    repository.write("a.yaml", "a: 2\n").commit();
    String second = fetched(source.poll(first)).revision();
    repository.write("a.yaml", "a: 3\n").commit();
    fetched(source.poll(second));
  }

  @ParameterizedTest
  @CsvSource({
    "301, REDIRECTED",
    "401, AUTHENTICATION_FAILED",
    "404, REPOSITORY_MISSING",
    "503, UNREACHABLE"
  })
  void aServerThatRefusesMeanwhileIsUnderstoodAndComesBack(int status, Reason reason)
      throws IOException {
    var source = source(settings());
    String first = fetched(source.poll("")).revision();
    server.interception = exchange -> status(exchange, status);
    failed(source.poll(first), reason);
    server.interception = exchange -> false;
    assertThat(source.poll(first)).isEqualTo(new PollResult.Unchanged(first));
  }

  @Test
  void anAuthorityThatIsReplacedCountsAtOnce() throws Exception {
    Path ca = temp.resolve("replaced.pem");
    Files.copy(Path.of(HttpsGitServer.caFile(root())), ca);
    var source = source(GitSettings.of(server.url("repo")).withCa(ca.toString()));
    String first = fetched(source.poll("")).revision();
    String another =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other"
            + " -keyout other.key -out "
            + ca;
    String _ = Command.run(root(), new byte[0], List.of(another.split(" ")));
    failed(source.poll(first), Reason.SERVER_NOT_TRUSTED);
  }

  @Test
  void onlyTheWantedRefIsAskedFor() {
    for (int i = 0; i < 300; i++) {
      repository.git("update-ref", "refs/heads/other" + i, "HEAD");
    }
    var source = source(settings().withRef("main"));
    String first = fetched(source.poll("")).revision();
    var answered = new java.util.concurrent.atomic.AtomicLong();
    server.interception =
        exchange -> {
          byte[] answer = server.backend(exchange);
          answered.addAndGet(answer.length);
          return send(exchange, answer, answer.length);
        };
    assertThat(source.poll(first)).isInstanceOf(PollResult.Unchanged.class);
    assertThat(answered.get()).isLessThan(2000);
  }

  @Test
  void anUnknownCertificateIsRefused() {
    Fault fault = failed(source(settings().withCa("")).poll(""), Reason.SERVER_NOT_TRUSTED);
    assertThat(fault.mend()).contains("CA file");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void aCertificateForAnotherNameIsRefused() {
    String other = settings().url().replace("localhost", "127.0.0.1");
    failed(
        source(GitSettings.of(other).withCa(HttpsGitServer.caFile(root()))).poll(""),
        Reason.SERVER_NOT_TRUSTED);
    assertThat(server.requests).isEmpty();
  }

  @Test
  void theTokenOfTheFileIsSentAndARotatedOneIsUsedAtOnce() throws IOException {
    Path token = secret("first-secret\n");
    server.interception =
        exchange ->
            !basic("bot", "second-secret")
                    .equals(exchange.getRequestHeaders().getFirst("Authorization"))
                && status(exchange, 401);
    var source = source(settings().withToken(token.toString(), "bot"));
    Fault fault = failed(source.poll(""), Reason.AUTHENTICATION_FAILED);
    assertThat(fault.toString()).doesNotContain("secret");
    Files.writeString(token, "second-secret");
    fetched(source.poll(""));
    assertThat(server.authorizations).contains(basic("bot", "second-secret"));
    try (var files = Files.walk(temp.resolve("state"))) {
      assertThat(files.filter(Files::isRegularFile))
          .noneMatch(
              file ->
                  contains(file, "second-secret") || contains(file, basic("bot", "second-secret")));
    }
    Files.delete(token);
    failed(source.poll(""), Reason.AUTHENTICATION_FAILED);
  }

  private Path secret(String text) throws IOException {
    Path file = Files.writeString(temp.resolve("token"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void aRedirectIsNotFollowedAndTheTokenStaysHere() throws Exception {
    Path token = secret("secret\n");
    try (HttpsGitServer other = HttpsGitServer.startPlain(root())) {
      for (int code : new int[] {301, 302, 307, 308}) {
        server.interception =
            exchange -> {
              exchange
                  .getResponseHeaders()
                  .add("Location", other.url("repo") + "/info/refs?service=git-upload-pack");
              return status(exchange, code);
            };
        failed(source(settings().withToken(token.toString(), "bot")).poll(""), Reason.REDIRECTED);
      }
      assertThat(other.requests).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "403, AUTHENTICATION_FAILED", "404, REPOSITORY_MISSING", "410, REPOSITORY_MISSING",
    "429, UNREACHABLE", "500, UNREACHABLE", "503, UNREACHABLE"
  })
  void theStatusOfTheServerIsUnderstood(int status, Reason reason) {
    server.interception = exchange -> status(exchange, status);
    failed(source(settings()).poll(""), reason);
  }

  @Test
  void aFaultInTheMidstOfAPollIsUnderstoodToo() {
    server.interception =
        exchange -> exchange.getRequestMethod().equals("POST") && status(exchange, 503);
    failed(source(settings()).poll(""), Reason.UNREACHABLE);
  }

  @Test
  void aServerThatIsDownIsToldSo() {
    server.close();
    Fault fault = failed(source(settings()).poll(""), Reason.UNREACHABLE);
    assertThat(fault.kind()).isEqualTo(Fault.Kind.TRANSIENT);
    failed(source(GitSettings.of("https://name.invalid/x")).poll(""), Reason.UNREACHABLE);
  }

  @Test
  void aRefOrCommitThatTheServerDoesNotHaveIsToldSo() {
    failed(source(settings().withRef("nope")).poll(""), Reason.REF_MISSING);
    failed(source(settings().withRef("1".repeat(40))).poll(""), Reason.REF_MISSING);
    fetched(source(settings().withRef(repository.head())).poll(""));
    repository.git("update-ref", "refs/tags/blob", repository.blob("x"));
    failed(source(settings().withRef("blob")).poll(""), Reason.REF_MISSING);
  }

  @Test
  void anAnswerThatIsCutOffFailsAndTheNextPollWorks() {
    var source = source(settings());
    for (int keep : new int[] {0, 10, 100, 300}) {
      server.interception =
          exchange -> {
            byte[] answer = server.backend(exchange);
            return send(exchange, answer, Math.min(keep, answer.length));
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
          source(GitSettings.of("https://localhost:" + silent.getLocalPort() + "/x"), QUICK)
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
    failed(source(settings()).poll(""), Reason.TOO_LARGE);
  }

  @Test
  void aCompressedAnswerIsRefused() {
    server.interception =
        exchange -> {
          exchange.getResponseHeaders().add("Content-Encoding", "gzip");
          return status(exchange, 200);
        };
    failed(source(settings()).poll(""), Reason.UNREACHABLE);
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
    Fault fault = failed(source(settings()).poll(""), Reason.UNREACHABLE);
    assertThat(fault.message()).doesNotContain("\u001b").hasSizeLessThan(300);
  }

  @Test
  void plainHttpWorksOnThisMachine() throws IOException {
    try (HttpsGitServer plain = HttpsGitServer.startPlain(root())) {
      fetched(source(GitSettings.of(plain.url("repo"))).poll(""));
    }
  }

  private void assertEndsInTime() {
    long start = System.nanoTime();
    Fault fault = failed(source(settings(), QUICK).poll(""), Reason.TIMED_OUT);
    assertThat(fault.kind()).isEqualTo(Fault.Kind.TRANSIENT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
  }

  private static boolean status(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    return true;
  }

  /** Sends the headers and the first bytes of the body of what Git answers, then hangs up. */
  private static boolean send(HttpExchange exchange, byte[] answer, int keep) throws IOException {
    String text = new String(answer, ISO_8859_1);
    int split = text.indexOf("\r\n\r\n");
    for (String line : text.substring(0, split).split("\r\n")) {
      String[] header = line.split(": ", 2);
      exchange.getResponseHeaders().add(header[0], header[1]);
    }
    byte[] body = Arrays.copyOfRange(answer, split + 4, answer.length);
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().write(body, 0, Math.min(keep, body.length));
    return true;
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

  private static boolean contains(Path file, String text) {
    try {
      return new String(Files.readAllBytes(file), ISO_8859_1).contains(text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String basic(String user, String password) {
    return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
  }

  private Path root() {
    return temp.resolve("served");
  }

  private GitSettings settings() {
    return GitSettings.of(server.url("repo")).withCa(HttpsGitServer.caFile(root()));
  }

  private GitRepositorySource source(GitSettings settings) {
    return source(settings, GitLimits.DEFAULT);
  }

  private GitRepositorySource source(GitSettings settings, GitLimits limits) {
    return new GitRepositorySource(settings, limits, temp.resolve("state"));
  }
}
