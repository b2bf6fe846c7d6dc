package dev.sandbar.device.store;

import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.model.AppFile;
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
 * Files of apps by the digest of their content. A file is never changed in place: a running app has
 * it mounted.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class FileStore {

  /** The largest file: the users of an app have a line for each uid that it can have. */
  private static final int MOST_BYTES = 512 * 1024;

  private static final String READ_ONLY = "r--r--r--";
  private static final String EXECUTABLE = "r-xr-xr-x";
  private static final String EXECUTABLE_SUFFIX = "-x";
  private static final String PREFIX = "sha256-";

  private final Path directory;
  private final DurableFiles files;

  /** Stamps of the files that were read, and whether they were right. */
  private final Map<String, Checked> checked = new HashMap<>();

  private record Checked(FileStamp stamp, boolean right) {}

  /** One in this directory. */
  public FileStore(Path directory, DurableFiles files) {
    this.directory = directory;
    this.files = files;
  }

  /** The store of a device. */
  public static FileStore of(Path root, DurableFiles files) {
    return new FileStore(root.resolve(FileStorePath.FOLDER.substring(1)), files);
  }

  /** Writes the file, whatever is there. */
  public void add(AppFile file) throws IOException {
    // Only root: what apps are configured with is of no concern to other users of the device.
    files.makeDirectories(directory, "rwx------");
    files.write(
        directory.resolve(FileStorePath.name(file)),
        file.content().getBytes(StandardCharsets.UTF_8),
        file.executable() ? EXECUTABLE : READ_ONLY);
  }

  /** Removes a file. An app that has it mounted keeps it until it stops. */
  public void remove(String name) throws IOException {
    if (isName(name)) {
      files.remove(directory.resolve(name));
    }
  }

  /** The files in the store, and whether each is what its name says. */
  public SortedMap<String, Boolean> files() {
    var found = new TreeMap<String, Boolean>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, PREFIX + "*")) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (isName(name)) {
          found.put(name, isRight(name, entry));
        }
      }
    } catch (IOException e) {
      // No directory yet: no file yet.
    }
    checked.keySet().retainAll(found.keySet());
    return found;
  }

  /** Read once, and again when the kernel has stamped a change on it (inode(7), ctime). */
  private boolean isRight(String name, Path file) {
    try {
      FileStamp stamp = FileStamp.of(file);
      Optional<Checked> before =
          Optional.ofNullable(checked.get(name)).filter(it -> it.stamp().equals(stamp));
      if (before.isPresent()) {
        return before.get().right();
      }
      boolean right = read(name, file);
      checked.put(name, new Checked(stamp, right));
      return right;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean read(String name, Path file) throws IOException {
    String mode = name.endsWith(EXECUTABLE_SUFFIX) ? EXECUTABLE : READ_ONLY;
    Map<String, Object> of =
        Files.readAttributes(file, "unix:uid,nlink", LinkOption.NOFOLLOW_LINKS);
    return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))
            .equals(mode)
        && of.get("uid") instanceof Integer owner
        && owner == 0
        && Sha256.of(files.read(file, MOST_BYTES)).hex().equals(digest(name));
  }

  private static String digest(String name) {
    String end = name.substring(PREFIX.length());
    return end.endsWith(EXECUTABLE_SUFFIX)
        ? end.substring(0, end.length() - EXECUTABLE_SUFFIX.length())
        : end;
  }

  private static boolean isName(String name) {
    return name.startsWith(PREFIX) && Sha256.isValid(digest(name));
  }
}
