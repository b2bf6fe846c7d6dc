package dev.sandbar.device.kernel;

import java.io.IOException;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The interfaces of the network namespace of an app (proc_pid_net(5)). */
final class NetworkLinks {

  private static final int LIMIT = 64 << 10;

  private NetworkLinks() {}

  /** Their names, as the main process sees them; one to a line, after two lines of headings. */
  static SortedSet<String> of(List<ProcessReader.Seen> processes) {
    var links = new TreeSet<String>();
    for (ProcessReader.Seen main : processes.subList(0, Math.min(1, processes.size()))) {
      try {
        ProcFile.read(main.directory().resolve("net/dev"), LIMIT)
            .lines()
            .filter(line -> line.indexOf(':') > 0)
            .forEach(line -> links.add(line.substring(0, line.indexOf(':')).strip()));
      } catch (IOException e) {
        // It has ended, and nothing is said of it.
      }
    }
    return links;
  }
}
