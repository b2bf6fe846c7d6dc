package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.KernelFacts.Limit;
import dev.sandbar.core.attest.KernelFacts.ProcessFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.StringTokenizer;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes facts of the files in a process's directory (proc_pid_status(5), proc_pid_limits(5)).
 *
 * <p>Safe for use by many threads.
 */
final class ProcessFields {

  private static final List<String> NAMESPACES =
      List.of("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts");
  private static final List<String> CAPABILITIES =
      List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb");

  /** Fields of a status that are of use. */
  static final Set<String> STATUS =
      Set.of(
          "Name",
          "State",
          "NSpid",
          "Threads",
          "VmSize",
          "Uid",
          "Gid",
          "Groups",
          "Umask",
          "NoNewPrivs",
          "Seccomp",
          "Seccomp_filters",
          "CapInh",
          "CapPrm",
          "CapEff",
          "CapBnd",
          "CapAmb");

  /** Name, soft and hard limit; the unit that may follow is of no use. */
  private static final Pattern LIMIT =
      Pattern.compile("(Max [a-z ]*?) {2,}(unlimited|[0-9]+) +(unlimited|[0-9]+)( .*)?");

  private static final int LIMITS_LIMIT = 16 << 10;
  private static final int LINE_LIMIT = 4096;
  private static final String STAMP = "SANDBAR_GENERATION=";
  private static final int ENVIRONMENT_LIMIT = 1 << 20;

  /** Texts of limits that are remembered; an app could make any number. */
  private static final int LIMITS_REMEMBERED = 1_000;

  /** Limits by the text that says them: nearly all processes have the same. */
  private final Map<String, SortedMap<String, Limit>> limits = new ConcurrentHashMap<>();

  /**
   * What a process's directory says.
   *
   * @param number the device's own number of it
   * @param status fields of its status
   * @throws IOException if it has ended
   */
  ProcessFacts facts(Path process, int number, Map<String, String> status) throws IOException {
    var capabilities = new TreeMap<String, Long>();
    for (String field : CAPABILITIES) {
      capabilities.put(field, mask(status, field));
    }
    SortedSet<Integer> groups = ids(status, "Gid");
    groups.addAll(ids(status, "Groups"));
    return new ProcessFacts(
        number,
        status.getOrDefault("Name", ""),
        ids(status, "Uid"),
        groups,
        status.getOrDefault("Umask", ""),
        status.getOrDefault("NoNewPrivs", "0").equals("1"),
        Integer.parseInt(status.getOrDefault("Seccomp", "0")),
        Integer.parseInt(status.getOrDefault("Seccomp_filters", "-1")),
        capabilities,
        limits(ProcFile.read(process.resolve("limits"), LIMITS_LIMIT)),
        namespaces(process),
        Integer.parseInt(ProcFile.read(process.resolve("oom_score_adj"), LINE_LIMIT).strip()),
        generation(process),
        // A debugger's stop has another letter (proc_pid_status(5)).
        status.getOrDefault("State", "").startsWith("T"));
  }

  private static SortedSet<Integer> ids(Map<String, String> status, String field) {
    var ids = new TreeSet<Integer>();
    for (String id : words(status.getOrDefault(field, ""))) {
      ids.add(Integer.parseUnsignedInt(id));
    }
    return ids;
  }

  private SortedMap<String, Limit> limits(String text) {
    if (limits.size() > LIMITS_REMEMBERED) {
      limits.clear();
    }
    return limits.computeIfAbsent(text, ProcessFields::parsedLimits);
  }

  private static SortedMap<String, Limit> parsedLimits(String text) {
    var parsed = new TreeMap<String, Limit>();
    for (String line : text.lines().toList()) {
      Matcher limit = LIMIT.matcher(line.stripTrailing());
      if (limit.matches()) {
        parsed.put(limit.group(1), new Limit(figure(limit.group(2)), figure(limit.group(3))));
      }
    }
    return Collections.unmodifiableSortedMap(parsed);
  }

  private static long figure(String text) {
    return text.equals("unlimited") ? -1 : Long.parseUnsignedLong(text);
  }

  /** What stands between blanks and tabs. */
  static String[] words(String text) {
    var words = new ArrayList<String>();
    for (var tokens = new StringTokenizer(text); tokens.hasMoreTokens(); ) {
      words.add(tokens.nextToken());
    }
    return words.toArray(String[]::new);
  }

  /**
   * Whether it runs no code of its own any more. A process that ends gives back its memory, then
   * its namespaces, then leaves its cgroup, and is a zombie only after that.
   */
  static boolean isEnded(Map<String, String> status) {
    String state = status.getOrDefault("State", "Z");
    return state.startsWith("Z") || state.startsWith("X") || !status.containsKey("VmSize");
  }

  /**
   * 0 if any of the real, effective, saved and file system uid is 0, otherwise the effective one.
   */
  static int user(Map<String, String> status) {
    String[] uids = words(status.getOrDefault("Uid", "0"));
    boolean root = Stream.of(uids).anyMatch("0"::equals);
    return root || uids.length < 2 ? 0 : Integer.parseUnsignedInt(uids[1]);
  }

  private static long mask(Map<String, String> status, String field) {
    return Long.parseUnsignedLong(status.getOrDefault(field, "ffffffffffffffff"), 16);
  }

  /** Entry of its {@code ns} to identity; what cannot be read is left out. */
  SortedMap<String, String> namespaces(Path process) {
    var links = new TreeMap<String, String>();
    for (String name : NAMESPACES) {
      try {
        links.put(name, Files.readSymbolicLink(process.resolve("ns").resolve(name)).toString());
      } catch (IOException e) {
        // A kernel without this kind, or the process has ended; what is not seen is not claimed.
      }
    }
    return links;
  }

  private static String generation(Path process) {
    try {
      String environment = ProcFile.read(process.resolve("environ"), ENVIRONMENT_LIMIT);
      // An app can make it long: no entry is cut out that is of no use.
      int at = environment.startsWith(STAMP) ? 0 : environment.indexOf("\0" + STAMP) + 1;
      if (at > 0 || environment.startsWith(STAMP)) {
        int end = environment.indexOf('\0', at);
        return environment.substring(at + STAMP.length(), end < 0 ? environment.length() : end);
      }
    } catch (IOException e) {
      // Unreadable counts as unset.
    }
    return "";
  }
}
