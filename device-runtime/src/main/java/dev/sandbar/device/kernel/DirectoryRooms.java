package dev.sandbar.device.kernel;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * How much there is room for, in all, in directories of an app: the size of their file system, or
 * the quota that holds there (statfs(2)).
 */
final class DirectoryRooms {

  private DirectoryRooms() {}

  /**
   * As the app sees them, which is where it writes.
   *
   * @param processes of the app, the main process first
   * @param asked directive to paths of directories, of which each app has some
   * @return directive to path to bytes; nothing of what cannot be read
   */
  static SortedMap<String, SortedMap<String, Long>> read(
      List<ProcessReader.Seen> processes, SortedMap<String, SortedSet<String>> asked) {
    var rooms = new TreeMap<String, SortedMap<String, Long>>();
    if (asked.isEmpty() || processes.isEmpty()) {
      return rooms;
    }
    Path root = processes.getFirst().directory().resolve("root");
    asked.forEach(
        (directive, paths) -> {
          var sizes = new TreeMap<String, Long>();
          for (String path : paths) {
            Optional<String> real = InaccessibleNodes.resolved(root, path);
            // The same one may be found by two paths.
            real.ifPresent(
                it -> {
                  long bytes = root.resolve(it.substring(1)).toFile().getTotalSpace();
                  if (bytes > 0) {
                    sizes.put(it, bytes);
                  }
                });
          }
          rooms.put(directive, sizes);
        });
    return rooms;
  }
}
