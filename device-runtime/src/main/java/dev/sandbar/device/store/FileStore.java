package dev.sandbar.device.store;

import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Files of apps by the digest of their content. A file is never changed in place: a running app has
 * it mounted. Of files that an app reads again when it is reloaded it has the folder mounted, and
 * another content is another file of the same name there.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class FileStore {

  /** The largest file. The users of an app, with a line for each uid, have half of it. */
  private static final int MOST_BYTES = SpecBounds.MOST_KEPT;

  private static final String READ_ONLY = "r--r--r--";
  private static final String EXECUTABLE = "r-xr-xr-x";
  private static final String EXECUTABLE_SUFFIX = "-x";
  private static final String PREFIX = "sha256-";
  private static final String PENDING = "pending-";

  private final Path directory;
  private final DurableFiles files;
  private final ContentStore contents;

  /** Stamps of the files that were read, and whether they were right. */
  private final Map<String, Checked> checked = new HashMap<>();

  /**
   * @param name of the file together with its content
   */
  private record Checked(FileStamp stamp, boolean right, String name) {}

  /**
   * One in this directory.
   *
   * @param contents what files hold that no spec has room for
   */
  public FileStore(Path directory, DurableFiles files, ContentStore contents) {
    this.directory = directory;
    this.contents = contents;
    this.files = files;
  }

  /** The store of a device. */
  public static FileStore of(Path root, DurableFiles files) {
    return new FileStore(
        root.resolve(FileStorePath.FOLDER.substring(1)), files, ContentStore.of(root, files));
  }

  /** Writes the file, whatever is there. An app that has it bound is not running, or is stopped. */
  public void add(AppFile file) throws IOException {
    put(file);
    end(file);
  }

  /** Writes the file where a running app has its folder bound. */
  public void put(AppFile file) throws IOException {
    byte[] content =
        switch (file.content()) {
          case FileContent.Text(String text) -> text.getBytes(StandardCharsets.UTF_8);
          case FileContent.Made made -> made.text().getBytes(StandardCharsets.UTF_8);
          case FileContent.Kept kept -> contents.read(kept);
        };
    // Only root: what apps are configured with is of no concern to other users of the device.
    files.makeDirectories(directory, "rwx------");
    Path folder = directory;
    if (file.reloads()) {
      folder = directory.resolve(file.reloadedIn());
      files.makeDirectories(folder, "rwxr-xr-x");
    }
    files.write(
        folder.resolve(FileStorePath.place(file)),
        content,
        file.executable() ? EXECUTABLE : READ_ONLY);
  }

  /** Until {@link #end} the files of the folder are not right: an app has not read them yet. */
  public void begin(AppFile file) throws IOException {
    files.makeDirectories(directory, "rwx------");
    files.write(pending(file.reloadedIn()), new byte[0], READ_ONLY);
  }

  /** The app has read the files of the folder, or reads them when it starts. */
  public void end(AppFile file) throws IOException {
    if (file.reloads()) {
      files.remove(pending(file.reloadedIn()));
    }
  }

  private Path pending(String folder) {
    return directory.resolve(PENDING + folder);
  }

  /** Removes a file. An app that has it mounted keeps it until it stops. */
  public void remove(String name) throws IOException {
    if (isName(name)) {
      files.remove(directory.resolve(name));
    }
    for (Path filter : entries(directory, FileStorePath.FILTERS)) {
      if (named(filter, fileName(filter), "").name().equals(name)) {
        files.remove(filter);
      }
    }
    for (Path folder : entries(directory, FileStorePath.RELOADED)) {
      // What has another content by now has another name.
      for (Path entry : entries(folder, "")) {
        if (reloaded(folder, entry).name().equals(name)) {
          files.remove(entry);
        }
      }
      if (entries(folder, "").isEmpty()) {
        files.remove(pending(fileName(folder)));
        files.remove(folder);
      }
    }
  }

  /** None if there is no such directory yet. */
  private static List<Path> entries(Path directory, String prefix) {
    var found = new ArrayList<Path>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, prefix + "*")) {
      entries.forEach(found::add);
    } catch (IOException | DirectoryIteratorException e) {
      found.clear();
    }
    return found;
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
    var all = new HashSet<>(found.keySet());
    for (Path folder : entries(directory, FileStorePath.RELOADED)) {
      boolean pending = Files.exists(pending(fileName(folder)), LinkOption.NOFOLLOW_LINKS);
      for (Path entry : entries(folder, "")) {
        Checked it = reloaded(folder, entry);
        found.put(it.name(), it.right() && !pending);
        all.add(entry.toString());
      }
    }
    for (Path filter : entries(directory, FileStorePath.FILTERS)) {
      Checked it = named(filter, fileName(filter), "");
      found.put(it.name(), it.right());
      all.add(filter.toString());
    }
    checked.keySet().retainAll(all);
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
      checked.put(name, new Checked(stamp, right, name));
      return right;
    } catch (IOException e) {
      return false;
    }
  }

  private Checked reloaded(Path folder, Path file) {
    return named(file, fileName(folder), fileName(file));
  }

  private static String fileName(Path path) {
    return String.valueOf(path.getFileName());
  }

  /**
   * A file by a name that says what is in it; like the others it is read once.
   *
   * @param folder the first part of the name, see {@link FileStorePath#name(String, String,
   *     String)}
   */
  private Checked named(Path file, String folder, String inFolder) {
    String key = file.toString();
    try {
      FileStamp stamp = FileStamp.of(file);
      Checked before = checked.get(key);
      if (before != null && before.stamp().equals(stamp)) {
        return before;
      }
      String content = new String(files.read(file, MOST_BYTES), StandardCharsets.UTF_8);
      String name = FileStorePath.name(folder, inFolder, content);
      var now = new Checked(stamp, isReadOnly(file, READ_ONLY), name);
      checked.put(key, now);
      return now;
    } catch (IOException e) {
      return new Checked(FileStamp.NONE, false, key);
    }
  }

  private boolean read(String name, Path file) throws IOException {
    String mode = name.endsWith(EXECUTABLE_SUFFIX) ? EXECUTABLE : READ_ONLY;
    return isReadOnly(file, mode)
        && Sha256.of(files.read(file, MOST_BYTES)).hex().equals(digest(name));
  }

  private static boolean isReadOnly(Path file, String mode) throws IOException {
    Map<String, Object> of =
        Files.readAttributes(file, "unix:uid,nlink", LinkOption.NOFOLLOW_LINKS);
    return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))
            .equals(mode)
        && of.get("uid") instanceof Integer owner
        && owner == 0;
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
