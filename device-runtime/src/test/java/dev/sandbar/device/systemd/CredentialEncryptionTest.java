package dev.sandbar.device.systemd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialEncryptionTest {

  private static final byte[] SECRET = "hunter2\0\u007f".getBytes(US_ASCII);

  @TempDir private Path root;

  /** What was asked, by a service that gives this answer and hangs up. */
  private CompletableFuture<String> service(String answer) throws IOException {
    Path socket = root.resolve("run/systemd/io.systemd.Credentials");
    Files.createDirectories(socket.resolveSibling(""));
    var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    return CompletableFuture.supplyAsync(
        () -> {
          try (server;
              SocketChannel channel = server.accept()) {
            ByteBuffer in = ByteBuffer.allocate(4096);
            while (in.position() == 0 || in.get(in.position() - 1) != 0) {
              channel.read(in);
            }
            channel.write(ByteBuffer.wrap(answer.getBytes(US_ASCII)));
            return new String(in.array(), 0, in.position() - 1, US_ASCII);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }

  /** The beginnings of credentials that systemd 262 made with host and with host+tpm2. */
  @Test
  void seesWhetherTheKeyOfTheHostIsEnough() {
    assertThat(
            CredentialEncryption.isOfTheHostAlone(
                "Whxqht+dQJax1aZeCGLxmiAAAAABAAAA".getBytes(US_ASCII)))
        .isTrue();
    assertThat(
            CredentialEncryption.isOfTheHostAlone(
                "FBQliBiiQM2QC86GLbXHuSAAAAABAAAA".getBytes(US_ASCII)))
        .isFalse();
  }

  @Test
  void asksSystemd() throws Exception {
    CompletableFuture<String> asked = service("{\"parameters\":{\"blob\":\"Whxqht+dQ/8=\"}}\0");
    assertThat(new CredentialEncryption(root).encrypt("mqtt", SECRET))
        .isEqualTo("Whxqht+dQ/8=\n".getBytes(US_ASCII));
    assertThat(asked.get(10, TimeUnit.SECONDS))
        .isEqualTo(
            "{\"method\":\"io.systemd.Credentials.Encrypt\",\"parameters\":{\"name\":\"mqtt\",\"data\":\"aHVudGVyMgB/\"}}");
  }

  @Test
  void asksForTheSecretAgain() throws Exception {
    CompletableFuture<String> asked = service("{\"parameters\":{\"data\":\"aHVudGVyMgB/\"}}\0");
    assertThat(new CredentialEncryption(root).decrypt("mqtt", "Whxq\n+/8=\n".getBytes(US_ASCII)))
        .isEqualTo(SECRET);
    assertThat(asked.get(10, TimeUnit.SECONDS))
        .isEqualTo(
            "{\"method\":\"io.systemd.Credentials.Decrypt\",\"parameters\":{\"name\":\"mqtt\",\"blob\":\"Whxq+/8=\"}}");
    assertThatThrownBy(
            () -> new CredentialEncryption(root).decrypt("mqtt", "\"}".getBytes(US_ASCII)))
        .hasMessage("it is not an encrypted credential");
  }

  @Test
  void saysWhyItIsNotDecrypted() throws IOException {
    var _ = service("{\"error\":\"io.systemd.Credentials.BadFormat\",\"parameters\":{}}\0");
    assertThatThrownBy(
            () -> new CredentialEncryption(root).decrypt("mqtt", "Whxq".getBytes(US_ASCII)))
        .hasMessage("systemd refuses it: 'io.systemd.Credentials.BadFormat'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"error\":\"org.varlink.service.PermissionDenied\",\"parameters\":{}}0|systemd refuses it: 'org.varlink.service.PermissionDenied'",
        "{\"parameters\":{\"blob\":\"a b\"}}0|systemd did not answer with an encrypted credential",
        "{\"parameters\":{}}0|systemd did not answer with an encrypted credential",
        "[]0|systemd did not answer with an encrypted credential",
        "{0|systemd did not answer with an encrypted credential",
        "{\"parameters\"|systemd ended the connection without an answer",
      })
  void saysWhatSystemdDoesNotDo(String answer, String message) throws IOException {
    var _ = service(answer.replace("}0", "}\0").replace("]0", "]\0").replace("{0", "{\0"));
    assertThatThrownBy(() -> new CredentialEncryption(root).encrypt("mqtt", SECRET))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("hunter2")
        .doesNotContain("aHVudGVyMgB");
  }

  @Test
  void aDeviceWithoutTheServiceSaysHowToStartIt() {
    assertThatThrownBy(() -> new CredentialEncryption(root).encrypt("mqtt", SECRET))
        .hasMessageContaining("systemctl start systemd-creds.socket");
  }
}
