package dev.sandbar.core.learn;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.RuntimeDirectories;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What files show. */
final class FileLessons {

  /** Every app has them (systemd.exec(5), PrivateDevices=). */
  private static final Set<String> DEVICES =
      Set.of(
          "/dev/console",
          "/dev/fd",
          "/dev/full",
          "/dev/log",
          "/dev/null",
          "/dev/ptmx",
          "/dev/pts",
          "/dev/random",
          "/dev/shm",
          "/dev/stderr",
          "/dev/stdin",
          "/dev/stdout",
          "/dev/tty",
          "/dev/urandom",
          "/dev/zero");

  private static final Pattern SERIAL =
      Pattern.compile("/dev/(tty(S|USB|ACM|AMA|O|THS|mxc)[0-9]+|serial/.+)");

  /** What an app writes there is gone when it ends, and nobody else sees it. */
  private static final List<String> PRIVATE = List.of("/tmp", "/var/tmp", "/dev/shm");

  /** Where an app has a place only for the sockets that it offers to others. */
  private static final List<String> RUNTIME = List.of("/run", "/var/run");

  /** What libraries look into, and do without. */
  private static final List<String> SPARE =
      List.of("/proc/cpuinfo", "/proc/filesystems", "/proc/meminfo", "/proc/mounts", "/proc/sys");

  /** proc_net(5). */
  private static final Pattern NETWORK = Pattern.compile("/proc/(self/|thread-self/)?net(/.*)?");

  private static final Pattern OWN = Pattern.compile("/proc/(self|thread-self)(/.*)?");
  private static final Pattern OF_A_PROCESS = Pattern.compile("/proc/[0-9]+(/.*)?");

  private final Lessons.Needs needs;
  private final Lessons.Says note;
  private final Lessons.Says change;
  private final TreeSet<String> spare = new TreeSet<>();
  private final TreeSet<String> system = new TreeSet<>();

  FileLessons(Lessons.Needs needs, Lessons.Says note, Lessons.Says change) {
    this.needs = needs;
    this.note = note;
    this.change = change;
  }

  static boolean isOfEveryApp(String path) {
    return DEVICES.stream().anyMatch(it -> PathText.within(path, it));
  }

  static boolean isSerial(String path) {
    return SERIAL.matcher(path).matches();
  }

  /** Whether what is read there is of the network that the program is in. */
  static boolean isOfTheNetwork(String path) {
    return NETWORK.matcher(path).matches();
  }

  void wrote(String path) {
    if (within(path, PRIVATE)) {
      return;
    }
    for (AppDirectory kept : AppDirectory.values()) {
      if (PathText.within(path, kept.parent())) {
        needs.of(kept.permission(), "writes to " + path);
        if (!AppDirectory.isIn(path) && !PathText.within(path, kept.privateParent())) {
          change.of(
              "writes to " + path,
              "an app has directories of its own, $STATE_DIRECTORY, $CACHE_DIRECTORY and"
                  + " $LOGS_DIRECTORY: set it up to write there");
        }
        return;
      }
    }
    if (RuntimeDirectories.nameFor(path).isPresent()) {
      return; // In one of run.runtimeDirectories.
    }
    if (within(path, RUNTIME)) {
      change.of(
          "writes to " + path,
          "an app writes only to its run.runtimeDirectories in /run: name a place in one of them or in"
              + " /tmp, or have it do without");
      return;
    }
    change.of(
        "writes to " + path,
        "no permission opens that; a folder that is for several is a volume: permissions.storage");
  }

  void readProc(String path) {
    if (OWN.matcher(path).matches()) {
      return;
    }
    if (OF_A_PROCESS.matcher(path).matches()) {
      needs.of(Permission.OTHER_APPS, "reads of other processes in /proc");
    } else if (within(path, SPARE)) {
      spare.add(path);
    } else {
      system.add(path);
      needs.of(Permission.SYSTEM_INFO, "reads " + path);
    }
  }

  void conclude() {
    if (system.isEmpty()) {
      spare.forEach(
          path ->
              note.of(
                  "reads " + path,
                  "most programs do without; if it does not: permissions.systemInfo: true"));
    }
  }

  private static boolean within(String path, List<String> folders) {
    return folders.stream().anyMatch(folder -> PathText.within(path, folder));
  }
}
