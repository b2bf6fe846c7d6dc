package dev.sandbar.vdev;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The process that holds a device: when it is gone, so is the device.
 *
 * @param pid its process id
 * @param started its start time in clock ticks since boot, so that a reused pid is not mistaken for
 *     it
 */
record HolderProcess(long pid, long started) {

  static HolderProcess self() {
    long pid = ProcessHandle.current().pid();
    return new HolderProcess(pid, startTime(pid));
  }

  static HolderProcess parse(String text) {
    int colon = text.indexOf(':');
    try {
      return new HolderProcess(
          Long.parseLong(text.substring(0, Math.max(colon, 0))),
          Long.parseLong(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      return new HolderProcess(-1, -1);
    }
  }

  boolean alive() {
    return pid > 0 && startTime(pid) == started;
  }

  /** Field 22 of proc_pid_stat(5), counted after the command name, which may hold blanks. */
  private static long startTime(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19]);
    } catch (IOException e) {
      return -1;
    }
  }

  @Override
  public String toString() {
    return pid + ":" + started;
  }
}
