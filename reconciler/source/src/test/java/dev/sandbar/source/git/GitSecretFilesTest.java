package dev.sandbar.source.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files with secrets are for their owner alone; what everybody may know is not looked at so. */
class GitSecretFilesTest {
  @TempDir Path folder;

  private Path file(String permissions) throws IOException {
    Path file = Files.writeString(folder.resolve("secret"), "hunter2\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return file;
  }

  private static GitCredentials withToken(Path file) {
    return new GitCredentials(
        GitSettings.of("https://h/").withToken(file.toString(), "git"), GitSecrets.NONE);
  }

  private static GitCredentials withKey(Path key, Path hosts) {
    return new GitCredentials(
        GitSettings.of("ssh://h/x").withSshKey(key.toString(), hosts.toString()), GitSecrets.NONE);
  }

  private static void refused(ThrowingCallable read, String... parts) {
    assertThatThrownBy(read)
        .isInstanceOf(CredentialFileException.class)
        .hasMessageContainingAll(parts)
        .hasMessageNotContaining("hunter2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-"})
  void aTokenOrKeyThatOthersReadOrChangeIsRefused(String permissions) throws IOException {
    Path file = file(permissions);
    String help = "run: chown root: %s && chmod 600 %s".formatted(file, file);
    refused(withToken(file)::token, "the token file " + file, help);
    refused(withKey(file, file)::sshKey, "the SSH key file " + file, help);
  }

  @Test
  void aTokenOrKeyOfAnotherUserIsRefused() throws IOException {
    Path file = file("rw-------");
    if ((int) Files.getAttribute(file, "unix:uid") == 0) {
      Files.setAttribute(file, "unix:uid", 12_345);
      refused(withToken(file)::token, "belongs to another user (12345)");
      refused(withKey(file, file)::sshKey, "belongs to another user (12345)");
    }
  }

  @Test
  void whatIsNoFileIsRefused() {
    refused(withToken(folder)::token, "is not a file");
    refused(withKey(folder.resolve("gone"), folder)::sshKey, "does not exist");
  }

  @Test
  void whatItsOwnerAloneReadsIsTaken() throws IOException {
    Path file = file("r--------");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertThat(withToken(link).token()).contains("hunter2");
    assertThat(withKey(link, link).sshKey()).startsWith("hunter2".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void hostKeysAndCertificatesAreNoSecrets() throws IOException {
    Path file = file("rw-r--r--");
    assertThat(withKey(file, file).knownHosts()).isNotEmpty();
    var credentials =
        new GitCredentials(GitSettings.of("https://h/").withCa(file.toString()), GitSecrets.NONE);
    assertThat(credentials.authorities()).isPresent();
  }
}
