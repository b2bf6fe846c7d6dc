package dev.sandbar.device.kernel;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The cgroup v2 tree of a device (cgroups(7)). */
public final class Cgroups {

  private static final int MOUNTS_LIMIT = 1 << 20;
  private static final int VALUE_LIMIT = 64 << 10;
  private static final int PROCS_LIMIT = 1 << 20;

  /**
   * More than systemd or an app of ours ever makes; an app with delegation could make any number.
   */
  private static final int DIRECTORIES_LIMIT = 1_000;

  private final Path mount;

  private Cgroups(Path mount) {
    this.mount = mount;
  }

  /**
   * Finds the tree.
   *
   * @param root of the device's file system
   * @return empty if the device has no cgroup v2
   */
  public static Optional<Cgroups> of(Path root) {
    return mountPoint(root)
        .map(point -> root.resolve(point.substring(1)))
        .filter(path -> Files.exists(path.resolve("cgroup.controllers")))
        .map(Cgroups::new);
  }

  /**
   * The mount table of PID 1, not our own: {@code /proc/self} does not resolve from outside the
   * device's PID namespace. On a machine with cgroup v1 as well, v2 is at {@code
   * /sys/fs/cgroup/unified}.
   */
  private static Optional<String> mountPoint(Path root) {
    try {
      return ProcFile.read(root.resolve("proc/1/mounts"), MOUNTS_LIMIT)
          .lines()
          .map(line -> line.split(" ", 4))
          .filter(fields -> fields.length == 4 && fields[2].equals("cgroup2"))
          .map(fields -> fields[1])
          .filter(point -> point.startsWith("/sys/fs/cgroup"))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * The directory of a unit's cgroup; it need not exist.
   *
   * @param controlGroup as systemd's ControlGroup property says it
   * @throws IllegalArgumentException if that is not a path below the root of the tree
   */
  public Path directory(String controlGroup) {
    int begin = 0;
    while (begin < controlGroup.length() && controlGroup.charAt(begin) == '/') {
      begin++;
    }
    Path path = mount.resolve(controlGroup.substring(begin)).normalize();
    if (!controlGroup.startsWith("/") || !path.startsWith(mount)) {
      throw new IllegalArgumentException("not a control group: " + controlGroup);
    }
    return path;
  }

  /**
   * How this cgroup differs from another of its name, made after it was gone; 0 if there is none.
   */
  long identity(String controlGroup) {
    try {
      Object inode =
          Files.getAttribute(directory(controlGroup), "unix:ino", LinkOption.NOFOLLOW_LINKS);
      return inode instanceof Long number ? number : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /**
   * The content of a file of a cgroup, for example {@code memory.max}, without the last newline.
   *
   * @return empty if the cgroup has no such file, which is so when its controller is missing
   */
  public Optional<String> value(String controlGroup, String file) {
    try {
      return Optional.of(
          ProcFile.read(directory(controlGroup).resolve(file), VALUE_LIMIT).stripTrailing());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether a process is in the cgroup or in one below it now. */
  public boolean contains(String controlGroup, int pid) {
    return processes(controlGroup).contains(pid);
  }

  /**
   * Process ids of a cgroup and of those below it, as this process's own PID namespace counts them
   * (which is how the kernel answers, whatever the device).
   */
  List<Integer> processes(String controlGroup) {
    var pids = new ArrayList<Integer>();
    var waiting = new ArrayDeque<Path>();
    waiting.add(directory(controlGroup));
    for (int seen = 0; !waiting.isEmpty() && seen < DIRECTORIES_LIMIT; seen++) {
      Path directory = waiting.remove();
      try {
        ProcFile.read(directory.resolve("cgroup.procs"), PROCS_LIMIT)
            .lines()
            .forEach(line -> pids.add(Integer.parseInt(line)));
        if (hasChildren(directory)) {
          try (DirectoryStream<Path> entries =
              Files.newDirectoryStream(directory, Cgroups::isChild)) {
            entries.forEach(waiting::add);
          }
        }
      } catch (IOException e) {
        // The cgroup went away, or is threaded: then the cgroup above lists its processes.
      }
    }
    return pids;
  }

  /**
   * Most cgroups have none, and their directories some sixty files. The kernel counts a directory's
   * links as file systems do: two, and one of each directory in it.
   */
  private static boolean hasChildren(Path directory) throws IOException {
    return !Files.getAttribute(directory, "unix:nlink", LinkOption.NOFOLLOW_LINKS).equals(2);
  }

  private static boolean isChild(Path entry) {
    return Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
  }
}
