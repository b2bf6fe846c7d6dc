package dev.sandbar.device.kernel;

import java.util.Arrays;

/**
 * A directory of proc(5) or cgroups(7), by which files in it are found sooner than by their paths.
 *
 * <p>Files in it may stay open from one check to the next: to open one takes the kernel longer than
 * to read it. Read from its beginning such a file shows what holds now. It belongs to its process
 * or cgroup, not to their names: when these are gone it cannot be read, whoever has the name then.
 *
 * <p>For one thread at a time.
 */
final class OpenDirectory implements AutoCloseable {

  private static final int FEW = 4;

  private final int descriptor;
  private final boolean keeps;
  private String[] names = new String[FEW];
  private int[] files = new int[FEW];
  private int count;

  private OpenDirectory(int descriptor, boolean keeps) {
    this.descriptor = descriptor;
    this.keeps = keeps;
  }

  /**
   * Opens a directory.
   *
   * @param keeps whether files in it stay open until it is closed
   * @return one that {@link #isThere is not there} if it cannot be opened
   */
  static OpenDirectory of(RawFiles files, String path, boolean keeps) {
    return new OpenDirectory(files.directory(path), keeps);
  }

  boolean isThere() {
    return descriptor >= 0;
  }

  int descriptor() {
    return descriptor;
  }

  /** The descriptor of a file that has stayed open; negative if none has. */
  int kept(String name) {
    for (int i = 0; i < count; i++) {
      if (names[i].equals(name)) {
        return files[i];
      }
    }
    return -1;
  }

  /**
   * A file in it was opened.
   *
   * @return whether it stays open; if not it is for the caller to close
   */
  boolean keep(String name, int file) {
    if (!keeps) {
      return false;
    }
    if (count == files.length) {
      names = Arrays.copyOf(names, 2 * count);
      files = Arrays.copyOf(files, 2 * count);
    }
    names[count] = name;
    files[count++] = file;
    return true;
  }

  @Override
  public void close() {
    if (isThere()) {
      for (int i = 0; i < count; i++) {
        LibC.close(files[i]);
      }
      LibC.close(descriptor);
    }
  }
}
