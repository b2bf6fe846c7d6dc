package dev.sandbar.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Where the resident memory of a process is, by what is mapped (proc_pid_smaps(5)). */
final class Mappings {
  private Mappings() {}

  /** For people: most first, in MiB. */
  static String of(long pid) throws IOException {
    var kibibytes = new TreeMap<String, Long>();
    String where = "";
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps"))) {
      String[] words = line.strip().split("\\s+");
      if (words[0].matches("[0-9a-f]+-[0-9a-f]+")) {
        where = name(words);
      } else if (words[0].equals("Rss:")) {
        kibibytes.merge(where, Long.parseLong(words[1]), Long::sum);
      }
    }
    return "resident by mapping, MiB: "
        + kibibytes.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .filter(entry -> entry.getValue() >= 512)
            .map(entry -> "%s %.1f".formatted(entry.getKey(), entry.getValue() / 1024.0))
            .collect(Collectors.joining(", "));
  }

  private static String name(String[] words) {
    if (words.length < 6) {
      return "anonymous";
    }
    return words[5].startsWith("/") ? words[5].replaceFirst(".*/", "") : words[5];
  }
}
