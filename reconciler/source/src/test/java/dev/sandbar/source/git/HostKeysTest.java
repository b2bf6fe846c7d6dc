package dev.sandbar.source.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.sshd.client.config.hosts.KnownHostHashValue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostKeysTest {
  private static final String KEY =
      " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF+nrlpmwW8rGcSPBLs4+w5CfNQau/Mp0aqez8/PTMU3\n";

  /** The library names a server as a line of the file would: without a port if that is 22. */
  @ParameterizedTest
  @CsvSource({
    "git.example.com, git.example.com, 22",
    "10.20.0.2, 10.20.0.2, 22",
    "2001:db8::7, 2001:db8::7, 22",
    "[git.example.com]:2222, git.example.com, 2222",
    "[10.20.0.2]:2222, 10.20.0.2, 2222",
    "[2001:db8::7]:2222, 2001:db8::7, 2222"
  })
  void aServerIsFoundByHostAndPort(String line, String host, int port) throws Exception {
    String asked = KnownHostHashValue.createHostPattern(host, port);
    assertThat(keys(line + KEY).keysOf(asked)).hasSize(1);
    assertThat(keys("other.example.com" + KEY).keysOf(asked)).isEmpty();
    String otherPort = KnownHostHashValue.createHostPattern(host, port + 1);
    assertThat(keys(line + KEY).keysOf(otherPort)).isEmpty();
  }

  private static HostKeys keys(String text) throws CredentialFileException {
    Ed25519Support.register();
    return HostKeys.read(text.getBytes(UTF_8), GitReach.OTHER_MACHINES, new ServerAnswer());
  }
}
