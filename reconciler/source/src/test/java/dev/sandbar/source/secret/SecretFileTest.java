package dev.sandbar.source.secret;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.source.secret.SecretFile.Reading;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretFileTest {
  private static final String TEXT = "hunter2";

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(folder.resolve("token"), TEXT + "\n");
    mode("rw-------");
  }

  private void mode(String permissions) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private static String refused(Path path) {
    Reading reading = new SecretFile(path).read();
    assertThat(reading).isInstanceOf(Reading.Unusable.class);
    String reason = ((Reading.Unusable) reading).reason();
    assertThat(reason).startsWith(path.toString()).doesNotContain(TEXT);
    return reason;
  }

  private static void taken(Reading reading) {
    assertThat(reading).isInstanceOf(Reading.Secret.class);
    assertThat(new String(((Reading.Secret) reading).bytes(), StandardCharsets.UTF_8))
        .isEqualTo(TEXT);
    assertThat(reading.toString()).doesNotContain(TEXT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"r--------", "rw-------", "rwx------", "rwx--x--x"})
  void whatItsOwnerAloneReadsIsTaken(String permissions) throws IOException {
    mode(permissions);
    taken(new SecretFile(file).read());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw--w----", "rw----r--", "rw-----w-"})
  void whatOthersReadOrChangeIsRefused(String permissions) throws IOException {
    mode(permissions);
    assertThat(refused(file)).endsWith("run: chown root: %s && chmod 600 %s".formatted(file, file));
    mode("rw-------");
    taken(new SecretFile(file).read());
  }

  @Test
  void whatBelongsToAnotherUserIsRefused() throws IOException {
    int owner = (int) Files.getAttribute(file, "unix:uid");
    if (owner == 0) {
      owner = 12_345;
      Files.setAttribute(file, "unix:uid", owner);
      assertThat(refused(file))
          .contains("belongs to another user (12345)")
          .endsWith("run: chown root: %s && chmod 600 %s".formatted(file, file));
    }
    taken(new SecretFile(file).read(owner));
    assertThat(new SecretFile(file).read(owner + 1)).isInstanceOf(Reading.Unusable.class);
  }

  @Test
  void aLinkCountsAsWhatItLeadsTo() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    taken(new SecretFile(link).read());
    mode("rw-r--r--");
    refused(link);
  }

  @Test
  void whatIsNoFileOrEmptyOrTooLongIsRefused() throws IOException {
    assertThat(refused(folder)).contains("is not a file");
    assertThat(refused(Path.of("/dev/null"))).contains("is not a file");
    assertThat(refused(folder.resolve("gone"))).contains("does not exist");
    Files.writeString(file, "\n");
    assertThat(refused(file)).contains("is empty");
    Files.writeString(file, "x".repeat(4097));
    assertThat(refused(file)).contains("is larger than 4096 bytes");
  }
}
