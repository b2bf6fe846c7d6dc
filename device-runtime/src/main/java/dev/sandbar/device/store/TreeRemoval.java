package dev.sandbar.device.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Removes what an app wrote. The app chose every name and link in there, and may have left somebody
 * behind who changes them meanwhile, so no path with more than one name that is not ours is ever
 * used: each directory is opened from the one that holds it (openat(2)), and it must be the one
 * that was looked at. Nothing outside of the tree is touched, whatever is swapped, and opening
 * never waits for a pipe.
 *
 * <p>Directories are not descended into but moved up to the top and emptied there, so that neither
 * depth nor the length of a path matters. A crash leaves less of the tree; the next call goes on.
 */
public final class TreeRemoval {

  /** More directories within each other than a disk has room for, but not for ever. */
  private static final int MOST_PASSES = 1 << 22;

  private static final Path SELF = Path.of(".");

  private final SecureDirectoryStream<Path> parent;
  private final Path name;
  private final Consumer<Path> looked;
  private long moved;

  private TreeRemoval(SecureDirectoryStream<Path> parent, Path name, Consumer<Path> looked) {
    this.parent = parent;
    this.name = name;
    this.looked = looked;
  }

  /**
   * Removes a directory and all that is in it; a link in its place is removed itself.
   *
   * @param tree in a directory that only root can write to
   * @return whether there was anything
   * @throws IOException if something of it is left
   */
  public static boolean remove(Path tree) throws IOException {
    return remove(tree, _ -> {});
  }

  /**
   * The same.
   *
   * @param looked called with the name of each directory when it has been looked at and is not open
   *     yet: what an attacker waits for
   */
  static boolean remove(Path tree, Consumer<Path> looked) throws IOException {
    Path above = Objects.requireNonNull(tree.getParent(), "a tree with a parent");
    Path name = Objects.requireNonNull(tree.getFileName(), "a tree with a name");
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (SecureDirectoryStream<Path> parent = secure(Files.newDirectoryStream(above), above)) {
      new TreeRemoval(parent, name, looked).run();
    }
    DurableFiles.sync(above);
    return true;
  }

  private void run() throws IOException {
    heedInterrupt();
    BasicFileAttributes seen = attributes(parent, name);
    if (!seen.isDirectory()) {
      parent.deleteFile(name);
      return;
    }
    for (int pass = 0; pass < MOST_PASSES; pass++) {
      long before = moved;
      try (SecureDirectoryStream<Path> top = open(parent, name, seen)) {
        for (Path entry : top) {
          heedInterrupt();
          remove(top, last(entry));
        }
      }
      if (moved == before) {
        parent.deleteDirectory(name);
        return;
      }
    }
    throw new DirectoryNotEmptyException(name.toString());
  }

  private void remove(SecureDirectoryStream<Path> top, Path entry) throws IOException {
    BasicFileAttributes seen = attributes(top, entry);
    if (!seen.isDirectory()) {
      top.deleteFile(entry);
      return;
    }
    try (SecureDirectoryStream<Path> directory = open(top, entry, seen)) {
      for (Path path : directory) {
        heedInterrupt();
        Path child = last(path);
        if (attributes(directory, child).isDirectory()) {
          directory.move(child, top, unused(top));
          moved++;
        } else {
          directory.deleteFile(child);
        }
      }
    }
    top.deleteDirectory(entry);
  }

  /** Who ends the thread starts another app in this place, and nothing of that may go. */
  private static void heedInterrupt() throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted before all of it was removed");
    }
  }

  /** A name that the app has not used: a move would replace an empty directory, and fail else. */
  private Path unused(SecureDirectoryStream<Path> top) throws IOException {
    for (long number = moved; ; number++) {
      Path free = Path.of(".sandbar-removed." + number);
      try {
        var _ = attributes(top, free);
      } catch (NoSuchFileException e) {
        return free;
      }
    }
  }

  /**
   * The final dot makes the kernel refuse anything but a directory without opening it, a pipe above
   * all, but lets it follow a link; the inode shows it.
   */
  private SecureDirectoryStream<Path> open(
      SecureDirectoryStream<Path> parent, Path name, BasicFileAttributes seen) throws IOException {
    looked.accept(name);
    SecureDirectoryStream<Path> opened =
        parent.newDirectoryStream(name.resolve(SELF), LinkOption.NOFOLLOW_LINKS);
    Object key;
    try {
      key = opened.getFileAttributeView(BasicFileAttributeView.class).readAttributes().fileKey();
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    if (!key.equals(seen.fileKey())) {
      opened.close();
      throw new FileSystemException(name.toString(), null, "was changed while it was removed");
    }
    return opened;
  }

  private static BasicFileAttributes attributes(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    return parent
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
  }

  private static Path last(Path path) {
    return Objects.requireNonNull(path.getFileName(), "an entry has a name");
  }

  private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream, Path directory)
      throws IOException {
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    stream.close();
    throw new IOException("the file system of " + directory + " has no openat(2)");
  }
}
