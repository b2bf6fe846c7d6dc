package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code sandbar image resolve}; what a real registry says is in the tests of devices. */
class ImageResolveCommandTest {

  @ParameterizedTest
  @CsvSource({
    "pump, has no tag",
    "ghcr.io/acme/pump, has no tag",
    "localhost:5000/pump, has no tag",
    "ghcr.io/acme/pump:, has no tag",
    "ghcr.io/acme/pump:-x, has no tag",
    "pump:1, is not a repository with its host",
    "ghcr.io/Acme/pump:1, is not a repository with its host",
    "https://ghcr.io/acme/pump:1, is not a repository with its host"
  })
  void saysWhatAnImageLooksLike(String image, String words) {
    var ran = Ran.sandbar("image", "resolve", image);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).contains(words, "Write for example registry.example.com/team/pump:2.4.1");
  }

  @Test
  void saysWhyARegistryDoesNotAnswer() throws IOException {
    int port;
    try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    var ran = Ran.sandbar("image", "resolve", "localhost:" + port + "/pump:1");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("localhost:" + port + "/pump: cannot connect to localhost");
  }

  @Test
  void saysWhatIsMissingInAFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("pump.yaml");
    assertThat(Ran.sandbar("image", "resolve", file.toString()).err()).contains("pump.yaml");
    Files.writeString(file, "kind: Other\n");
    assertThat(Ran.sandbar("image", "resolve", file.toString()).err())
        .contains("has oci and ref", "ref: 2.4.1");
    Files.writeString(file, "a: [\n");
    var broken = Ran.sandbar("image", "resolve", file.toString());
    assertThat(broken.code()).isEqualTo(1);
    assertThat(broken.err()).contains("pump.yaml:");
    assertThat(Ran.sandbar("image", "resolve", "ghcr.io/acme/pump:1", "--check").err())
        .contains("--check looks at files");
  }

  @Test
  void theGroupShowsWhatItHas() {
    assertThat(Ran.sandbar("image").out()).contains("resolve");
  }
}
