package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.failed;
import static dev.sandbar.source.git.Polls.fetched;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.gitserver.Command;
import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpsSourceTest {
  private static final String ADVERTISEMENT = "/repo/info/refs?service=git-upload-pack";

  @TempDir Path temp;
  private ServedRepository served;
  private TestRepository repository;
  private HttpsGitServer server;

  @BeforeEach
  void startServer() throws Exception {
    served = new ServedRepository(temp);
    repository = served.repository;
    server = served.server;
  }

  @AfterEach
  void stopServer() {
    served.close();
  }

  @Test
  void aRepositoryBehindHttpsIsFollowed() throws IOException {
    var source = served.source(served.settings());
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
    var source = served.source(served.settings());
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
    var source = served.source(served.settings());
    String first = fetched(source.poll("")).revision();
    server.requests.clear();
    repository.write("a.yaml", "a: 2\n").commit();
    fetched(source.poll(first));
    assertThat(server.requests).containsOnly("POST /repo/git-upload-pack").hasSize(2);
  }

  @Test
  void aServerThatFallsBackToAnOlderProtocolIsAskedAnew() throws IOException {
    var source = served.source(served.settings());
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
    var source = served.source(served.settings());
    String first = fetched(source.poll("")).revision();
    server.interception = exchange -> ServedRepository.status(exchange, status);
    failed(source.poll(first), reason);
    server.interception = exchange -> false;
    assertThat(source.poll(first)).isEqualTo(new PollResult.Unchanged(first));
  }

  @Test
  void anAuthorityThatIsReplacedCountsAtOnce() throws Exception {
    Path ca = temp.resolve("replaced.pem");
    Files.copy(Path.of(HttpsGitServer.caFile(served.root())), ca);
    var source = served.source(GitSettings.of(server.url("repo")).withCa(ca.toString()));
    String first = fetched(source.poll("")).revision();
    String another =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other"
            + " -keyout other.key -out "
            + ca;
    String _ = Command.run(served.root(), new byte[0], List.of(another.split(" ")));
    failed(source.poll(first), Reason.SERVER_NOT_TRUSTED);
  }

  @Test
  void onlyTheWantedRefIsAskedFor() {
    for (int i = 0; i < 300; i++) {
      repository.git("update-ref", "refs/heads/other" + i, "HEAD");
    }
    var source = served.source(served.settings().withRef("main"));
    String first = fetched(source.poll("")).revision();
    var answered = new java.util.concurrent.atomic.AtomicLong();
    server.interception =
        exchange -> {
          byte[] answer = server.backend(exchange);
          answered.addAndGet(answer.length);
          return ServedRepository.send(exchange, answer, answer.length);
        };
    assertThat(source.poll(first)).isInstanceOf(PollResult.Unchanged.class);
    assertThat(answered.get()).isLessThan(2000);
  }

  @Test
  void anUnknownCertificateIsRefused() {
    Fault fault =
        failed(served.source(served.settings().withCa("")).poll(""), Reason.SERVER_NOT_TRUSTED);
    assertThat(fault.message()).contains("localhost is signed by an unknown authority");
    assertThat(fault.help()).contains("git.caFile", "network.caFile");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void aCertificateForAnotherNameIsRefused() {
    String other = served.settings().url().replace("localhost", "127.0.0.1");
    Fault fault =
        failed(
            served
                .source(GitSettings.of(other).withCa(HttpsGitServer.caFile(served.root())))
                .poll(""),
            Reason.SERVER_NOT_TRUSTED);
    assertThat(fault.message()).contains("127.0.0.1 is made out to another name");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void theTokenOfTheFileIsSentAndARotatedOneIsUsedAtOnce() throws IOException {
    Path token = secret("first-secret\n");
    server.interception =
        exchange ->
            !basic("bot", "second-secret")
                    .equals(exchange.getRequestHeaders().getFirst("Authorization"))
                && ServedRepository.status(exchange, 401);
    var source = served.source(served.settings().withToken(token.toString(), "bot"));
    Fault fault = failed(source.poll(""), Reason.AUTHENTICATION_FAILED);
    assertThat(fault.toString()).doesNotContain("secret").contains("refuses the credentials");
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

  @Test
  void aServerThatWantsATokenWhereNoneIsSetSaysWhichSettingGivesIt() {
    server.interception = exchange -> ServedRepository.status(exchange, 401);
    Fault fault = failed(served.source(served.settings()).poll(""), Reason.AUTHENTICATION_FAILED);
    assertThat(fault.message()).contains("requires authentication").doesNotContain("refuses");
    assertThat(fault.help()).contains("git.tokenFile", "secretRef");
  }

  private Path secret(String text) throws IOException {
    Path file = Files.writeString(temp.resolve("token"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void aRedirectIsNotFollowedAndTheTokenStaysHere() throws Exception {
    Path token = secret("secret\n");
    try (HttpsGitServer other = HttpsGitServer.startPlain(served.root())) {
      for (int code : new int[] {301, 302, 307, 308}) {
        server.interception =
            exchange -> {
              exchange
                  .getResponseHeaders()
                  .add("Location", other.url("repo") + "/info/refs?service=git-upload-pack");
              return ServedRepository.status(exchange, code);
            };
        failed(
            served.source(served.settings().withToken(token.toString(), "bot")).poll(""),
            Reason.REDIRECTED);
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
    server.interception = exchange -> ServedRepository.status(exchange, status);
    failed(served.source(served.settings()).poll(""), reason);
  }

  @Test
  void aFaultInTheMidstOfAPollIsUnderstoodToo() {
    server.interception =
        exchange ->
            exchange.getRequestMethod().equals("POST") && ServedRepository.status(exchange, 503);
    failed(served.source(served.settings()).poll(""), Reason.UNREACHABLE);
  }

  @Test
  void aServerThatIsDownIsToldSo() {
    server.close();
    Fault fault = failed(served.source(served.settings()).poll(""), Reason.UNREACHABLE);
    assertThat(fault.kind()).isEqualTo(Fault.Kind.TRANSIENT);
    failed(served.source(GitSettings.of("https://name.invalid/x")).poll(""), Reason.UNREACHABLE);
  }

  @Test
  void aRefOrCommitThatTheServerDoesNotHaveIsToldSo() {
    failed(served.source(served.settings().withRef("nope")).poll(""), Reason.REF_MISSING);
    failed(served.source(served.settings().withRef("1".repeat(40))).poll(""), Reason.REF_MISSING);
    fetched(served.source(served.settings().withRef(repository.head())).poll(""));
    repository.git("update-ref", "refs/tags/blob", repository.blob("x"));
    failed(served.source(served.settings().withRef("blob")).poll(""), Reason.REF_MISSING);
  }

  @Test
  void plainHttpWorksOnThisMachine() throws IOException {
    try (HttpsGitServer plain = HttpsGitServer.startPlain(served.root())) {
      fetched(served.source(GitSettings.of(plain.url("repo"))).poll(""));
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
}
