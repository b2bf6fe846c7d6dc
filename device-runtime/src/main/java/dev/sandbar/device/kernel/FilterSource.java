package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.CallFilter;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Where the system call filters of processes are read. */
interface FilterSource {

  /**
   * Filters of processes, the newest first.
   *
   * @return without those that have ended and those that may not be read
   * @throws IOException if nobody can be asked
   */
  Map<ProcessId, List<CallFilter>> read(Collection<ProcessId> processes) throws IOException;

  /** How long to wait between two questions in the long run, so that they cost next to nothing. */
  Duration pause();
}
