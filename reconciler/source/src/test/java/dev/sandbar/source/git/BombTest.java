package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.failed;
import static dev.sandbar.source.git.Polls.fetched;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandbar.gitserver.Bomb;
import dev.sandbar.gitserver.HostileAnswers;
import dev.sandbar.gitserver.SshServer;
import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Little to send, much to unpack: refused before it is unpacked. */
class BombTest {
  @TempDir Path temp;
  private ServedRepository served;

  @BeforeEach
  void startServer() throws Exception {
    served = new ServedRepository(temp);
  }

  @AfterEach
  void stopServer() {
    served.close();
  }

  @Test
  void whatIsNoBombIsRead() {
    for (Bomb harmless :
        new Bomb[] {
          Bomb.chain(2), Bomb.chainByName(4), Bomb.siblings(50, 100_000), Bomb.messages(100_000)
        }) {
      served.server.interception = harmless;
      var source =
          new GitRepositorySource(
              served.settings(), GitLimits.DEFAULT, temp.resolve("state" + harmless.hashCode()));
      assertThat(fetched(source.poll("")).files()).containsOnlyKeys("a.yaml");
    }
  }

  static Stream<Arguments> bombs() {
    return Stream.of(
        Arguments.of("chain", Bomb.chain(100), "differences to each other"),
        Arguments.of("chain by name", Bomb.chainByName(100), "differences to each other"),
        Arguments.of("siblings", Bomb.siblings(3_000, 4 << 20), "when it is unpacked"),
        Arguments.of("messages", Bomb.messages(8 << 20), "bytes of messages"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bombs")
  void aBombIsRefusedAtOnce(String name, Bomb bomb, String message) {
    served.server.interception = bomb;
    long before = System.nanoTime();
    Fault fault = failed(served.source(served.settings()).poll(""), Reason.TOO_LARGE);
    assertThat(fault.message()).contains(message);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void aServerOfPlainFilesIsNoGitServer() throws IOException {
    try (var other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Path token = Files.writeString(temp.resolve("token"), "hunter2");
      Files.setPosixFilePermissions(
          token, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
      served.server.interception = HostileAnswers.plainFiles(other.getLocalPort());
      var settings = served.settings().withToken(token.toString(), "git");
      Fault fault = failed(served.source(settings).poll(""), Reason.REPOSITORY_MISSING);
      assertThat(fault.message()).contains("does not answer as a Git server");
      assertThat(served.server.requests).singleElement().asString().contains("info/refs");
      other.setSoTimeout(1);
      assertThat(accepts(other)).isFalse();
    }
  }

  private static boolean accepts(ServerSocket server) {
    try (var _ = server.accept()) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void namesOfRefsThatStopComingAreNotAwaitedForLong() {
    served.server.interception =
        exchange -> {
          exchange
              .getResponseHeaders()
              .add("Content-Type", "application/x-git-upload-pack-advertisement");
          exchange.sendResponseHeaders(200, 0);
          OutputStream body = exchange.getResponseBody();
          body.write("001e# service=git-upload-pack\n0000".getBytes(ISO_8859_1));
          for (int i = 0; i < 1000; i++) {
            String line = "%040x refs/heads/b%07d".formatted(i + 1, i) + (i == 0 ? "\0x" : "");
            body.write("%04x%s\n".formatted(line.length() + 5, line).getBytes(ISO_8859_1));
            body.flush();
            try {
              Thread.sleep(100);
            } catch (InterruptedException e) {
              return true;
            }
          }
          return true;
        };
    var limits = GitLimits.DEFAULT.withTimeout(Duration.ofSeconds(6));
    long before = System.nanoTime();
    failed(served.source(served.settings(), limits).poll(""), Reason.TIMED_OUT);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void anSshServerCannotTalkForEver() throws IOException {
    assertThat(SshServer.isInstalled() || System.getenv("CI") == null).isTrue();
    assumeTrue(SshServer.isInstalled(), "apt-get install openssh-server");
    Path key = SshServer.keygen(temp.resolve("key"), "ed25519");
    try (SshServer server = SshServer.start(temp.resolve("sshd"), "ed25519")) {
      server.authorize(key, "cat /dev/zero >&2");
      Path hosts = Files.writeString(temp.resolve("known_hosts"), server.knownHosts());
      var settings =
          GitSettings.of(
                  "ssh://%s@localhost:%d/x".formatted(System.getProperty("user.name"), server.port))
              .withSshKey(key.toString(), hosts.toString());
      long before = System.nanoTime();
      Fault fault = failed(served.source(settings).poll(""), Reason.TOO_LARGE);
      assertThat(fault.message()).contains("bytes of messages");
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(15));
    }
  }

  @Test
  void aNameOfMegabytesIsNotKept() throws Exception {
    String blob = served.repository.blob("a: 1\n");
    String tree = served.repository.tree("100644 " + blob + " " + "x".repeat(1 << 19) + ".yaml");
    var lines = new String[60];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = "40000 %s folder%02d".formatted(tree, i);
    }
    served.repository.commitTree(served.repository.tree(lines));
    Fault fault = failed(served.source(served.settings()).poll(""), Reason.TOO_LARGE);
    assertThat(fault.message()).contains("names");
  }

  @Test
  void aFolderOfManyFilesIsNoFaultOfTheDisk() throws Exception {
    String blob = served.repository.blob("a: 1\n");
    var lines = new String[40_000];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = "100644 %s f%05d.txt".formatted(blob, i);
    }
    served.repository.commitTree(served.repository.tree(lines));
    Fault fault = failed(served.source(served.settings()).poll(""), Reason.TOO_LARGE);
    assertThat(fault.message()).isEqualTo("a folder has more files than are read");
  }
}
