package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.failed;
import static dev.sandbar.source.git.Polls.fetched;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandbar.gitserver.Command;
import dev.sandbar.gitserver.SshServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SshSourceTest {
  @TempDir Path temp;
  private TestRepository repository;

  @BeforeEach
  void createRepository() throws IOException {
    assertThat(SshServer.isInstalled() || System.getenv("CI") == null)
        .as("apt-get install openssh-server")
        .isTrue();
    assumeTrue(SshServer.isInstalled(), "apt-get install openssh-server");
    repository = TestRepository.create(temp.resolve("repo"));
    repository.write("a.yaml", "a: 1\n").commit();
  }

  @ParameterizedTest
  @CsvSource({"ed25519, ed25519", "rsa, rsa", "ecdsa, ecdsa", "ed25519, ecdsa"})
  void aRepositoryBehindSshIsFollowed(String hostKeyType, String keyType) throws IOException {
    Path key = SshServer.keygen(temp.resolve("key"), keyType);
    try (SshServer server = SshServer.start(temp.resolve("sshd"), hostKeyType)) {
      server.authorize(key);
      var source = source(settings(server, key, server.knownHosts()));
      String first = fetched(source.poll("")).revision();
      assertThat(source.poll(first)).isEqualTo(new PollResult.Unchanged(first));
      repository.write("a.yaml", "a: 2\n").commit();
      assertThat(fetched(source.poll(first)).files().get("a.yaml"))
          .isEqualTo("a: 2\n".getBytes(UTF_8));
    }
  }

  @Test
  void unknownChangedAndRevokedHostKeysAreRefused() throws IOException {
    Path key = SshServer.keygen(temp.resolve("key"), "ed25519");
    try (SshServer server = SshServer.start(temp.resolve("sshd"), "ed25519")) {
      server.authorize(key);
      String known = server.knownHosts();
      String elsewhere = known.replace("[localhost]:" + server.port, "other.example");

      Fault unknown = refused(server, key, elsewhere);
      assertThat(unknown.message()).contains("no key for the server").contains("SHA256:");
      refused(server, key, "@revoked " + known);
      refused(server, key, known + "@revoked * " + known.split(" ", 2)[1]);
      refused(server, key, "@cert-authority " + known);
      failed(
          source(settings(server, key, "")).poll(""),
          Reason.AUTHENTICATION_FAILED); // an empty file is a mistake of its own

      fetched(source(settings(server, key, known)).poll(""));
      server.changeHostKey("ed25519");
      Fault changed = refused(server, key, known);
      assertThat(changed.message()).contains("does not have the host key");
      assertThat(changed.kind()).isEqualTo(Fault.Kind.STALLED);
      assertThat(Files.readString(temp.resolve("known_hosts"))).isEqualTo(known);
    }
  }

  @Test
  void hashedKnownHostsWork() throws IOException {
    Path key = SshServer.keygen(temp.resolve("key"), "ed25519");
    try (SshServer server = SshServer.start(temp.resolve("sshd"), "ed25519")) {
      server.authorize(key);
      Path file = Files.writeString(temp.resolve("hashed"), server.knownHosts());
      Command.run(temp, new byte[0], List.of("ssh-keygen", "-q", "-H", "-f", file.toString()));
      String hashed = Files.readString(file);
      assertThat(hashed).startsWith("|1|");
      fetched(source(settings(server, key, hashed)).poll(""));
    }
  }

  @Test
  void aKeyThatIsNotAuthorizedAndAKeyThatIsNoneAreRefused() throws IOException {
    Path key = SshServer.keygen(temp.resolve("key"), "ed25519");
    Path other = SshServer.keygen(temp.resolve("other"), "ed25519");
    try (SshServer server = SshServer.start(temp.resolve("sshd"), "ed25519")) {
      server.authorize(other);
      failed(
          source(settings(server, key, server.knownHosts())).poll(""),
          Reason.AUTHENTICATION_FAILED);
      Path nonsense = Files.writeString(temp.resolve("nonsense"), "secret-nonsense");
      Files.setPosixFilePermissions(nonsense, PosixFilePermissions.fromString("rw-------"));
      Fault fault =
          failed(
              source(settings(server, nonsense, server.knownHosts())).poll(""),
              Reason.AUTHENTICATION_FAILED);
      assertThat(fault.toString()).doesNotContain("secret-nonsense");
      Path locked = temp.resolve("locked");
      Command.run(
          temp,
          new byte[0],
          List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "word", "-f", locked.toString()));
      failed(
          source(settings(server, locked, server.knownHosts())).poll(""),
          Reason.AUTHENTICATION_FAILED);
      failed(
          source(settings(server, temp.resolve("gone"), server.knownHosts())).poll(""),
          Reason.AUTHENTICATION_FAILED);
    }
  }

  @Test
  void aMissingRepositoryBehindSshIsToldSo() throws IOException {
    Path key = SshServer.keygen(temp.resolve("key"), "ed25519");
    try (SshServer server = SshServer.start(temp.resolve("sshd"), "ed25519")) {
      server.authorize(key);
      GitSettings settings = settings(server, key, server.knownHosts());
      Files.move(repository.directory, temp.resolve("away"));
      failed(source(settings).poll(""), Reason.REPOSITORY_MISSING);
    }
  }

  @Test
  void aListenerThatSpeaksNoSshCannotHoldThePoll() throws IOException {
    Path key = SshServer.keygen(temp.resolve("key"), "ed25519");
    Path hosts = Files.writeString(temp.resolve("known_hosts"), "x ssh-rsa AAAA\n");
    try (var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var settings =
          GitSettings.of("ssh://git@localhost:" + silent.getLocalPort() + "/x")
              .withSshKey(key.toString(), hosts.toString());
      var quick = GitLimits.DEFAULT.withTimeout(Duration.ofSeconds(3));
      long start = System.nanoTime();
      failed(
          new GitRepositorySource(settings, quick, temp.resolve("state")).poll(""),
          Reason.TIMED_OUT);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
    }
  }

  private Fault refused(SshServer server, Path key, String knownHosts) throws IOException {
    return failed(source(settings(server, key, knownHosts)).poll(""), Reason.SERVER_NOT_TRUSTED);
  }

  private GitSettings settings(SshServer server, Path key, String knownHosts) throws IOException {
    Path hosts = Files.writeString(temp.resolve("known_hosts"), knownHosts);
    String user = System.getProperty("user.name");
    return GitSettings.of(
            "ssh://" + user + "@localhost:" + server.port + repository.directory.toString())
        .withSshKey(key.toString(), hosts.toString());
  }

  private GitRepositorySource source(GitSettings settings) {
    return new GitRepositorySource(settings, GitLimits.DEFAULT, temp.resolve("state"));
  }
}
