package dev.sandbar.device.store;

import dev.sandbar.core.compile.SecretStorePath;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Secrets of apps as this device's systemd encrypted them. The same secret is encrypted to other
 * bytes each time, so what was written is remembered beside each: a digest of the encrypted bytes,
 * which is written first, so that what a crash leaves is never taken for whole.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class SecretStore {

  private static final String OWNER_ONLY = "r--------";

  /** Not part of any name of a secret. */
  private static final String DIGEST = "~sha256";

  private static final int MOST_BYTES = 1 << 20;

  private final Path directory;
  private final DurableFiles files;

  /** Stamps of the files that were read, and whether they were right. */
  private final Map<String, Checked> checked = new HashMap<>();

  private record Checked(FileStamp stamp, FileStamp digest, boolean right) {}

  private SecretStore(Path directory, DurableFiles files) {
    this.directory = directory;
    this.files = files;
  }

  /** The store of a device. */
  public static SecretStore of(Path root, DurableFiles files) {
    return new SecretStore(root.resolve(SecretStorePath.FOLDER.substring(1)), files);
  }

  /**
   * Writes a secret, whatever is there.
   *
   * @param encrypted by systemd under its name
   */
  public void add(AppSecret secret, byte[] encrypted) throws IOException {
    files.makeDirectories(directory, "rwx------");
    String name = SecretStorePath.name(secret);
    files.write(
        directory.resolve(name + DIGEST),
        Sha256.of(encrypted).hex().getBytes(StandardCharsets.US_ASCII),
        OWNER_ONLY);
    files.write(directory.resolve(name), encrypted, OWNER_ONLY);
  }

  /** Removes a secret. An app that runs keeps the copy that systemd gave it. */
  public void remove(String name) throws IOException {
    if (SecretStorePath.isName(name)) {
      files.remove(directory.resolve(name));
      files.remove(directory.resolve(name + DIGEST));
    }
  }

  /** The secrets in the store, and whether each is what was written. */
  public SortedMap<String, Boolean> secrets() {
    var found = new TreeMap<String, Boolean>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "sha256-*")) {
      for (Path entry : entries) {
        String file = String.valueOf(entry.getFileName());
        String name =
            file.endsWith(DIGEST) ? file.substring(0, file.length() - DIGEST.length()) : file;
        if (SecretStorePath.isName(name) && !found.containsKey(name)) {
          found.put(name, isRight(name));
        }
      }
    } catch (IOException e) {
      // No directory yet: no secret yet.
    }
    checked.keySet().retainAll(found.keySet());
    return found;
  }

  /** Read once, and again when the kernel has stamped a change on it (inode(7), ctime). */
  private boolean isRight(String name) {
    try {
      Path file = directory.resolve(name);
      FileStamp stamp = FileStamp.of(file);
      FileStamp digest = FileStamp.of(directory.resolve(name + DIGEST));
      Optional<Checked> before =
          Optional.ofNullable(checked.get(name))
              .filter(it -> it.stamp().equals(stamp) && it.digest().equals(digest));
      if (before.isPresent()) {
        return before.get().right();
      }
      boolean right = read(file, directory.resolve(name + DIGEST));
      checked.put(name, new Checked(stamp, digest, right));
      return right;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean read(Path file, Path digest) throws IOException {
    return isOurs(file)
        && isOurs(digest)
        && new String(files.read(digest, MOST_BYTES), StandardCharsets.US_ASCII)
            .equals(Sha256.of(files.read(file, MOST_BYTES)).hex());
  }

  private static boolean isOurs(Path file) throws IOException {
    return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))
            .equals(OWNER_ONLY)
        && Integer.valueOf(0)
            .equals(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS));
  }
}
