package dev.sandbar.device.store;

import dev.sandbar.core.compile.SecretStorePath;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeKey;
import dev.sandbar.source.age.AgeRecipient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The key to which secrets are sealed for this device: made on it at first need, and never anywhere
 * else. It opens what stands in specs, so it is kept encrypted by systemd as that which apps start
 * with is: who has the disk and not the TPM2 can open neither.
 */
public final class SecretKeyFile {

  /** Its path on the device. */
  public static final String PATH = SecretStorePath.KEY;

  private static final int MOST_BYTES = 64 * 1024;
  private static final String NAME = "sandbar-age-key";
  private static final String OWNER_ONLY = "r--------";
  private static final String LOCK = "age-key.lock";
  private static final Duration MOST_WAIT = Duration.ofSeconds(5);

  private final Path root;
  private final Path file;
  private final DurableFiles files;
  private final CredentialCipher cipher;

  /**
   * Which file it is: another one may hold another key.
   *
   * @param inode of the file system
   * @param changed when it was last written
   */
  public record Stamp(@Nullable Object inode, FileTime changed, long bytes) {}

  /**
   * That of a device.
   *
   * @param root of its file system
   */
  public SecretKeyFile(Path root, DurableFiles files, CredentialCipher cipher) {
    this.root = root;
    this.file = root.resolve(PATH.substring(1));
    this.files = files;
    this.cipher = cipher;
  }

  /**
   * Who secrets for this device are sealed to.
   *
   * @throws IOException as {@link #key}
   */
  public AgeRecipient recipient() throws IOException {
    try (AgeKey key = key()) {
      return key.recipient();
    }
  }

  /**
   * Which file holds the key now; empty if none does.
   *
   * @throws IOException if that cannot be seen
   */
  public Optional<Stamp> stamp() throws IOException {
    try {
      BasicFileAttributes now =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return Optional.of(new Stamp(now.fileKey(), now.lastModifiedTime(), now.size()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * The key, which is made if there is none.
   *
   * @return to be closed
   * @throws IOException if it cannot be read or made, or others could read it
   */
  public AgeKey key() throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      try (LockFile _ = lock()) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
          make();
        }
      }
    }
    return read();
  }

  private LockFile lock() throws IOException {
    try {
      return LockFile.take(root, LOCK, MOST_WAIT)
          .orElseThrow(() -> new IOException("another process makes the key of this device"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void make() throws IOException {
    files.makeDirectories(file.resolveSibling(""), "rwx------");
    try (AgeKey made = AgeKey.generate()) {
      byte[] text = made.file();
      try {
        files.write(file, cipher.encrypt(NAME, text), OWNER_ONLY);
      } finally {
        Arrays.fill(text, (byte) 0);
      }
    }
  }

  private AgeKey read() throws IOException {
    String mode =
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
    if (!mode.endsWith("------")) {
      throw new IOException(
          "others can read the key of this device, %s; remove it to have a new one made, and seal the secrets again"
              .formatted(PATH));
    }
    byte[] encrypted = files.read(file, MOST_BYTES);
    byte[] text;
    try {
      text = cipher.decrypt(NAME, encrypted);
    } catch (IOException e) {
      throw new IOException(
          "the key of this device cannot be decrypted, %s: %s; where the TPM2 or the key of the host is another one now, remove it to have a new one made, and seal the secrets again"
              .formatted(PATH, e.getMessage()),
          e);
    }
    try {
      return AgeKey.read(text);
    } catch (AgeException e) {
      throw new IOException("%s: %s; %s".formatted(PATH, e.getMessage(), e.help()));
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }
}
