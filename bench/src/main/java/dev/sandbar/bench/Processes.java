package dev.sandbar.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process of this machine has used, from /proc. */
final class Processes {
  private static final double TICKS = 100;

  private Processes() {}

  /** Seconds of processor time so far, user and system. */
  static double cpu(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    // The name in brackets may hold blanks: user and system time are the 12th and 13th after it.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
  }

  /**
   * MiB of memory.
   *
   * @param field VmRSS: now; VmHWM: at most
   */
  static double memory(long pid, String field) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
      if (line.startsWith(field + ":")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
      }
    }
    throw new IOException("process " + pid + " has no " + field);
  }
}
