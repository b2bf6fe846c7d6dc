package dev.sandbar.device.kernel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One process, not another that was given its number later.
 *
 * @param pid in the PID namespace of this process
 * @param started when, in clock ticks after the boot (starttime of proc_pid_stat(5))
 */
record ProcessId(int pid, long started) {

  private static final int STAT_LIMIT = 4096;

  /** After the name, which may hold blanks and brackets. */
  private static final int STARTED = 19;

  /** The process with that number now; empty if there is none. */
  static Optional<ProcessId> of(int pid) {
    try {
      String stat = ProcFile.read(Path.of("/proc", Integer.toString(pid), "stat"), STAT_LIMIT);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return Optional.of(new ProcessId(pid, Long.parseLong(fields[STARTED])));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
