package dev.sandbar.device.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What of a process must stay as it was for its evidence to hold: users, capabilities, filters,
 * limits and namespaces. Its number and its name are not among that, so processes of an app that
 * are alike have the same mark; nor is what only the process itself can change, such as its
 * environment.
 *
 * <p>For one thread at a time.
 */
final class ProcessMarks {

  /** Somebody who enters or leaves the sandbox changes one of these. */
  private static final List<String> NAMESPACES = List.of("ns/mnt", "ns/net", "ns/user");

  private static final int STATUS_LIMIT = 16 << 10;
  private static final int LIMITS_LIMIT = 16 << 10;
  private static final int LINE_LIMIT = 16 << 10;

  /** Beginnings of the lines of a status that count (proc_pid_status(5)). */
  private static final List<byte[]> LINES =
      List.of(
          line("Umask:"),
          line("Uid:"),
          line("Gid:"),
          line("Groups:"),
          line("CapInh:"),
          line("CapPrm:"),
          line("CapEff:"),
          line("CapBnd:"),
          line("CapAmb:"),
          line("NoNewPrivs:"),
          line("Seccomp"));

  private static final byte[] LAST = line("Seccomp_filters:");
  private static final byte[] STATE = line("State:\t");
  private static final byte[] THREADS = line("Threads:\t");
  private static final byte[] MEMORY = line("VmSize:");

  private final RawFiles files;

  /** What became of a process. */
  enum Found {
    /** Its mark was collected. */
    RUNS,
    /** It runs no code any more. */
    ENDED,
    /** What it shows says nothing of it. */
    UNKNOWN
  }

  ProcessMarks(RawFiles files) {
    this.files = files;
  }

  private static byte[] line(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * Collects the mark of a process.
   *
   * @param directory of it in a mounted proc(5)
   */
  Found collect(OpenDirectory directory) {
    int size = directory.isThere() ? files.take(directory, "status", STATUS_LIMIT) : 0;
    if (size <= 0) {
      return Found.ENDED;
    }
    Found found = status(files.text(), size);
    if (found == Found.RUNS) {
      files.file(directory, "limits", LIMITS_LIMIT);
      files.file(directory, "oom_score_adj", LINE_LIMIT);
      for (String link : NAMESPACES) {
        files.link(directory, link);
      }
    }
    return found;
  }

  private Found status(byte[] text, int size) {
    boolean lives = false;
    boolean ended = false;
    boolean alone = false;
    for (int at = 0; at < size; ) {
      int end = at;
      while (end < size && text[end] != '\n') {
        end++;
      }
      switch (text[at]) {
        case 'U', 'G', 'C', 'N', 'S' -> {
          if (is(text, at, end, LAST)) {
            // What follows is of no use.
            files.part(text, at, end);
            end = size;
          } else if (is(text, at, end, STATE)) {
            byte state = text[at + STATE.length];
            ended = state == 'Z' || state == 'X';
            // Whether it was stopped; whether it runs or sleeps changes all the time.
            files.put((byte) (state == 'T' ? 1 : 0));
          } else if (counts(text, at, end)) {
            files.part(text, at, end);
          }
        }
        case 'T' ->
            alone |=
                is(text, at, end, THREADS)
                    && end - at == THREADS.length + 1
                    && text[end - 1] == '1';
        case 'V' -> lives |= is(text, at, end, MEMORY);
        default -> {
          // Numbers, signals and memory.
        }
      }
      at = end + 1;
    }
    if (ended || !lives) {
      // Of a process whose first thread has ended proc(5) shows nothing.
      return alone ? Found.ENDED : Found.UNKNOWN;
    }
    return Found.RUNS;
  }

  private static boolean counts(byte[] text, int at, int end) {
    for (byte[] line : LINES) {
      if (is(text, at, end, line)) {
        return true;
      }
    }
    return false;
  }

  private static boolean is(byte[] text, int at, int end, byte[] line) {
    return end - at > line.length
        && text[at + 1] == line[1]
        && Arrays.equals(text, at, at + line.length, line, 0, line.length);
  }
}
