package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.compile.SecretStorePath;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.Location;
import dev.sandbar.source.age.AgeRecipient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretStoreTest {

  private static final AppSecret SECRET = new AppSecret("mqtt", "sealed\n", Location.NOWHERE);
  private static final String NAME = SecretStorePath.name(SECRET);
  private static final byte[] ENCRYPTED = "blob\n".getBytes(StandardCharsets.US_ASCII);

  /** In the place of systemd. */
  private static final CredentialCipher TURNED =
      new CredentialCipher() {
        @Override
        public byte[] encrypt(String name, byte[] secret) {
          return turned(secret);
        }

        @Override
        public byte[] decrypt(String name, byte[] encrypted) throws IOException {
          if (encrypted.length == 0) {
            throw new IOException("empty");
          }
          return turned(encrypted);
        }
      };

  @TempDir private Path root;

  private static byte[] turned(byte[] bytes) {
    byte[] turned = bytes.clone();
    for (int i = 0; i < turned.length; i++) {
      turned[i] ^= 0x55;
    }
    return turned;
  }

  private SecretStore store() {
    return SecretStore.of(root, new DurableFiles());
  }

  private Path path() {
    return root.resolve(SecretStorePath.of(SECRET).substring(1));
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void holdsWhatWasEncryptedForRootAlone() throws IOException {
    SecretStore store = store();
    assertThat(store.secrets()).isEmpty();
    store.add(SECRET, ENCRYPTED);
    assertThat(store.secrets()).isEqualTo(Map.of(NAME, true));
    assertThat(path()).hasBinaryContent(ENCRYPTED);
    assertThat(mode(path())).isEqualTo("r--------");
    assertThat(mode(path().resolveSibling(""))).isEqualTo("rwx------");
    assertThat(NAME).endsWith(".mqtt").contains(SECRET.digest().hex());
    store.remove("../../" + NAME);
    assertThat(store.secrets()).isEqualTo(Map.of(NAME, true));
    store.remove(NAME);
    assertThat(store.secrets()).isEmpty();
    assertThat(path().resolveSibling("")).isEmptyDirectory();
  }

  @Test
  void seesWhatSomebodyChanges() throws IOException {
    SecretStore store = store();
    store.add(SECRET, ENCRYPTED);
    Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(store.secrets()).as("mode").isEqualTo(Map.of(NAME, false));
    store.add(SECRET, ENCRYPTED);
    assertThat(store.secrets()).isEqualTo(Map.of(NAME, true));
    Files.writeString(path(), "other\n");
    Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("r--------"));
    assertThat(store.secrets()).as("content").isEqualTo(Map.of(NAME, false));
    store.add(SECRET, ENCRYPTED);
    Files.delete(path());
    assertThat(store.secrets()).as("the digest alone").isEqualTo(Map.of(NAME, false));
    Files.createSymbolicLink(path(), Path.of("/etc/shadow"));
    assertThat(store.secrets()).as("a link").isEqualTo(Map.of(NAME, false));
    store.add(SECRET, ENCRYPTED);
    assertThat(store.secrets()).isEqualTo(Map.of(NAME, true));
    Files.delete(path().resolveSibling(NAME + "~sha256"));
    assertThat(store.secrets()).as("as a crash leaves it").isEqualTo(Map.of(NAME, false));
    assertThat(store().secrets()).isEqualTo(Map.of(NAME, false));
  }

  @Test
  void theKeyOfADeviceIsMadeOnce() throws IOException {
    var file = new SecretKeyFile(root, new DurableFiles(), TURNED);
    AgeRecipient recipient = file.recipient();
    assertThat(new SecretKeyFile(root, new DurableFiles(), TURNED).recipient())
        .isEqualTo(recipient);
    Path key = root.resolve(SecretKeyFile.PATH.substring(1));
    assertThat(mode(key)).isEqualTo("r--------");
    assertThat(key).content().doesNotContain("SECRET", recipient.text());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(file::recipient)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("others can read the key of this device");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    Files.write(key, turned("AGE-SECRET-KEY-1XYZ\n".getBytes(StandardCharsets.US_ASCII)));
    assertThatThrownBy(file::recipient)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it holds no key of age with its recipient")
        .message()
        .doesNotContain("1XYZ");
    Files.write(key, new byte[0]);
    assertThatThrownBy(file::recipient)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be decrypted")
        .hasMessageContaining("remove it to have a new one made");
    Files.delete(key);
    assertThat(file.recipient()).isNotEqualTo(recipient);
  }
}
