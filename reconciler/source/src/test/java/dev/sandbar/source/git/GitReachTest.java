package dev.sandbar.source.git;

import static dev.sandbar.source.git.Polls.failed;
import static dev.sandbar.source.git.Polls.fetched;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandbar.gitserver.HttpsGitServer;
import dev.sandbar.gitserver.SshServer;
import dev.sandbar.gitserver.TestRepository;
import dev.sandbar.source.git.Fault.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GitReachTest {
  private static final GitReach LOOPBACK = GitReach.OTHER_MACHINES.withLoopback();

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc",
        "http://localhost/x",
        "git://git.example.com/x",
        "ftp://git.example.com/x",
        "https://user@git.example.com/x"
      })
  void onlyEncryptedAddressesAreTaken(String url) {
    assertThat(GitSettings.of(url).problems(GitSecrets.NONE, GitReach.OTHER_MACHINES)).isNotEmpty();
    assertThatThrownBy(() -> source(GitSettings.of(url), GitSecrets.NONE, GitReach.OTHER_MACHINES))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[fd00:ec2::23]",
        "[fd20:ce::254]",
        "[fd00:c1::a9fe:a9fe]",
        "[fd00:42::42]",
        "[::ffff:169.254.169.254]",
        "[::ffff:127.0.0.1]",
        "[::169.254.169.254]",
        "[::127.0.0.1]",
        "[64:ff9b::169.254.169.254]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::100.100.100.200]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:7f00:1::1]",
        "[2001::5601:5601]",
        "[2a00::5efe:169.254.169.254]",
        "168.63.129.16",
        "127.1.2.3",
        "0.1.2.3",
        "255.255.255.255",
        "[::]",
        "[fe80::a9fe:a9fe]",
        "[ff02::1]",
        "100.100.100.200",
        "127.0.0.1",
        "localhost",
        "[::1]",
        "0.0.0.0",
        "2852039166"
      })
  void noAddressLeadsToTheMachineOrToTheMetadataOfACloud(String host) {
    var settings = GitSettings.of("https://" + host + "/repo");
    failed(
        source(settings, GitSecrets.NONE, GitReach.OTHER_MACHINES).poll(""),
        Reason.FORBIDDEN_ADDRESS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "192.0.2.1", "2606:4700::1", "64:ff9b::192.0.2.1", "fd00::1"})
  void otherMachinesArePermitted(String address) {
    assertThatCode(() -> GitReach.OTHER_MACHINES.check(InetAddress.ofLiteral(address)))
        .doesNotThrowAnyException();
  }

  @Test
  void anAddressOfThisMachineIsThisMachine() throws IOException {
    for (NetworkInterface it : NetworkInterface.networkInterfaces().toList()) {
      for (InetAddress own : it.inetAddresses().toList()) {
        assertThatThrownBy(() -> GitReach.OTHER_MACHINES.check(own))
            .isInstanceOf(GitReach.ForbiddenAddressException.class);
      }
    }
  }

  /**
   * What was checked before is not what is connected to when the server of names changes its mind.
   */
  @Test
  void theAddressIsCheckedAtTheConnection() throws IOException {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket =
            new ReachSockets(
                    (SSLSocketFactory) SSLSocketFactory.getDefault(), GitReach.OTHER_MACHINES)
                .createSocket()) {
      assertThatThrownBy(() -> socket.connect(server.getLocalSocketAddress(), 1000))
          .isInstanceOf(GitReach.ForbiddenAddressException.class);
    }
  }

  @Test
  void aTokenAndAnAuthorityInMemoryAreUsedAndNeverShown() throws Exception {
    TestRepository repository = TestRepository.create(temp.resolve("served/repo"));
    repository.write("a.yaml", "a: 1\n").commit();
    try (HttpsGitServer server = HttpsGitServer.start(temp.resolve("served"))) {
      String ca = Files.readString(Path.of(HttpsGitServer.caFile(temp.resolve("served"))));
      var secrets = new GitSecrets("hunter2\n", "", "", ca);
      fetched(source(GitSettings.of(server.url("repo")), secrets, LOOPBACK).poll(""));
      String sent =
          Base64.getEncoder().encodeToString("git:hunter2".getBytes(StandardCharsets.UTF_8));
      assertThat(server.authorizations).contains("Basic " + sent);
      assertThat(secrets.toString()).doesNotContain("hunter2", "CERTIFICATE");
    }
  }

  @Test
  void aKeyInMemoryIsUsedAndABrokenOneIsNotRepeated() throws IOException {
    assertThat(SshServer.isInstalled() || System.getenv("CI") == null).isTrue();
    assumeTrue(SshServer.isInstalled(), "apt-get install openssh-server");
    TestRepository repository = TestRepository.create(temp.resolve("repo"));
    repository.write("a.yaml", "a: 1\n").commit();
    Path key = SshServer.keygen(temp.resolve("key"), "ed25519");
    try (SshServer server = SshServer.start(temp.resolve("sshd"), "ed25519")) {
      server.authorize(key);
      String user = System.getProperty("user.name");
      var settings =
          GitSettings.of("ssh://" + user + "@localhost:" + server.port + repository.directory);
      String text = Files.readString(key);
      fetched(
          source(settings, new GitSecrets("", text, server.knownHosts(), ""), LOOPBACK).poll(""));
      String broken = text.replace("PRIVATE", "hunter2");
      Fault fault =
          failed(
              source(settings, new GitSecrets("", broken, server.knownHosts(), ""), LOOPBACK)
                  .poll(""),
              Reason.AUTHENTICATION_FAILED);
      assertThat(fault.toString()).doesNotContain("hunter2").contains("passphrase");
    }
  }

  private GitRepositorySource source(GitSettings settings, GitSecrets secrets, GitReach reach) {
    return new GitRepositorySource(
        settings,
        secrets,
        reach,
        GitLimits.DEFAULT.withTimeout(Duration.ofSeconds(20)),
        temp.resolve("state"));
  }
}
