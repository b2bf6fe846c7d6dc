package dev.sandbar.device.kernel;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Bounded reads of kernel files, whose size nobody knows before the end. */
final class ProcFile {

  private static final int STATUS_LIMIT = 16 << 10;

  /** Most of them are smaller. */
  private static final int FIRST = 2 << 10;

  private static final int GROWTH = 4;

  private ProcFile() {}

  /** At most the first {@code limit} bytes, byte for byte: an environment may hold anything. */
  static String read(Path file, int limit) throws IOException {
    // A channel would ask for size and position too, which say nothing here.
    try (var in = new FileInputStream(file.toFile())) {
      byte[] bytes = new byte[Math.min(limit, FIRST)];
      int length = 0;
      int read;
      while (length < limit && (read = in.read(bytes, length, bytes.length - length)) >= 0) {
        length += read;
        if (length == bytes.length) {
          bytes = Arrays.copyOf(bytes, Math.min(limit, GROWTH * length));
        }
      }
      return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Fields of a process's status (proc_pid_status(5)). Read for every process at every sweep: no
   * regular expressions, and only what is of use.
   *
   * @param process directory of the process
   */
  static Map<String, String> status(Path process, Set<String> names) throws IOException {
    var fields = new HashMap<String, String>();
    String text = read(process.resolve("status"), STATUS_LIMIT);
    for (int at = 0; at < text.length(); ) {
      int newline = text.indexOf('\n', at);
      int end = newline < 0 ? text.length() : newline;
      int colon = text.indexOf(':', at);
      if (colon > at && colon < end) {
        String name = text.substring(at, colon);
        if (names.contains(name)) {
          fields.put(name, text.substring(colon + 1, end).trim());
        }
      }
      at = end + 1;
    }
    return fields;
  }
}
