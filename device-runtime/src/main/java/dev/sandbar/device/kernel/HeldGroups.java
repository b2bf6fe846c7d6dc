package dev.sandbar.device.kernel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The cgroups of apps and their processes in proc(5), whose files stay open between checks.
 *
 * <p>For one thread at a time.
 */
final class HeldGroups {

  /** Of an app with more processes the others are opened for each check. */
  private static final int MOST_PROCESSES = 4;

  /**
   * Seven files are open for an app with one process, and one for each limit; a service may have
   * hundreds of thousands. Most of them hold a page of the kernel's memory.
   */
  private static final int MOST_GROUPS = 500;

  private final RawFiles files;
  private final String proc;
  private final UnaryOperator<String> directories;
  private final Map<String, Group> groups = new HashMap<>();

  /**
   * @param proc a mounted proc(5), with a slash at its end
   * @param directories where a control group is
   */
  HeldGroups(RawFiles files, String proc, UnaryOperator<String> directories) {
    this.files = files;
    this.proc = proc;
    this.directories = directories;
  }

  /** A cgroup, and those of its processes that stay. */
  final class Group {
    private final OpenDirectory directory;
    private final Map<Integer, OpenDirectory> processes = new HashMap<>();

    private Group(OpenDirectory directory) {
      this.directory = directory;
    }

    /** Of the cgroup; it may not be there. */
    OpenDirectory directory() {
      return directory;
    }

    /** Collects the mark of one of its processes. */
    ProcessMarks.Found collect(int pid, ProcessMarks marks) {
      OpenDirectory known = processes.get(pid);
      if (known == null && processes.size() < MOST_PROCESSES) {
        known = OpenDirectory.of(files, proc + pid, true);
        processes.put(pid, known);
      }
      if (known != null) {
        ProcessMarks.Found found = marks.collect(known);
        if (found != ProcessMarks.Found.ENDED) {
          return found;
        }
        // Another one may have its number now.
        processes.remove(pid);
        known.close();
        files.begin();
      }
      try (OpenDirectory once = OpenDirectory.of(files, proc + pid, false)) {
        return marks.collect(once);
      }
    }

    /** These are all its processes now. */
    void retain(List<Integer> pids) {
      processes
          .entrySet()
          .removeIf(
              process -> {
                boolean gone = !pids.contains(process.getKey());
                if (gone) {
                  process.getValue().close();
                }
                return gone;
              });
    }

    private void close() {
      processes.values().forEach(OpenDirectory::close);
      directory.close();
    }
  }

  /** A cgroup, as long as it is not closed. */
  Group group(String controlGroup) {
    Group known = groups.get(controlGroup);
    if (known != null) {
      return known;
    }
    if (groups.size() == MOST_GROUPS) {
      close();
    }
    var group = new Group(OpenDirectory.of(files, directories.apply(controlGroup), true));
    groups.put(controlGroup, group);
    return group;
  }

  /** Nothing of this cgroup stays open. */
  void close(String controlGroup) {
    Group known = groups.remove(controlGroup);
    if (known != null) {
      known.close();
    }
  }

  /** Nothing stays open. */
  void close() {
    groups.values().forEach(Group::close);
    groups.clear();
  }
}
