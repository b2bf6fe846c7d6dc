package dev.sandbar.device.store;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/** Paths as a device means them, which may be looked at from outside through its root directory. */
public final class DevicePaths {

  /** As many as the kernel follows (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private DevicePaths() {}

  /**
   * Where a path leads when every link is followed within the device.
   *
   * @param path absolute and in normal form
   * @return as this process can open it, there or not
   * @throws FileSystemException if there are too many links
   */
  public static Path onDisk(Path root, String path) throws IOException {
    String at = resolve(root, path);
    for (int links = 0; links <= MAX_LINKS; links++) {
      Path file = root.resolve(at.substring(1));
      if (!Files.isSymbolicLink(file)) {
        return file;
      }
      Path target = Path.of(at).resolveSibling(Files.readSymbolicLink(file));
      at = resolve(root, target.toString());
    }
    throw new FileSystemException(path, null, "leads through too many links");
  }

  /**
   * Where a path leads when the links in its folders are followed within the device. A link in the
   * last place is not followed.
   *
   * @param root of the device's file system
   * @param path absolute and in normal form
   * @return likewise, there or not
   * @throws FileSystemException if there are too many links
   */
  public static String resolve(Path root, String path) throws IOException {
    var todo = new ArrayDeque<>(parts(path));
    Path done = Path.of("/");
    int links = 0;
    while (!todo.isEmpty()) {
      String part = todo.removeFirst();
      if (part.equals("..")) {
        Path parent = done.getParent();
        done = parent == null ? done : parent;
        continue;
      }
      Path next = done.resolve(part);
      Path onDisk = root.resolve(next.toString().substring(1));
      if (todo.isEmpty() || !Files.isSymbolicLink(onDisk)) {
        done = next;
        continue;
      }
      if (++links > MAX_LINKS) {
        throw new FileSystemException(path, null, "leads through too many links");
      }
      String target = Files.readSymbolicLink(onDisk).toString();
      if (target.startsWith("/")) {
        done = Path.of("/");
      }
      parts(target).reversed().forEach(todo::addFirst);
    }
    return done.toString();
  }

  private static List<String> parts(String path) {
    return Arrays.stream(path.split("/"))
        .filter(part -> !part.isEmpty() && !part.equals("."))
        .toList();
  }
}
