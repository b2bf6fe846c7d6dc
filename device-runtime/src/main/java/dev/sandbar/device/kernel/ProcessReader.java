package dev.sandbar.device.kernel;

import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.StringTokenizer;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what the kernel holds of the processes of a unit (proc_pid_status(5), namespaces(7)), every
 * one of them: a foreign process written into the cgroup counts as much as the main process.
 *
 * <p>Safe for use by many threads.
 */
public final class ProcessReader {

  private static final List<String> NAMESPACES =
      List.of("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts");
  private static final Set<String> STATUS_FIELDS =
      Set.of(
          "Name", "State", "NSpid", "Uid", "NoNewPrivs", "Seccomp", "CapBnd", "CapEff", "CapAmb");
  private static final String STAMP = "SANDBAR_GENERATION=";
  private static final int MOUNTS_LIMIT = 1 << 20;
  private static final int ENVIRONMENT_LIMIT = 1 << 20;

  /** An app may have thousands of processes; they show nothing that the first ones do not. */
  private static final int PROCESSES_LIMIT = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(ProcessReader.class);

  private final Path proc;
  private final Cgroups cgroups;

  /**
   * How many PID namespaces the processes of the device are below ours; the device's own number is
   * that field of {@code NSpid}.
   */
  private final int depth;

  private final Map<String, String> initNamespaces;
  private final InaccessibleNodes inaccessible;

  /** By control group the process with which the next look begins, where the last was cut short. */
  private final Map<String, Integer> turns = new ConcurrentHashMap<>();

  private ProcessReader(Path root, Path proc, Cgroups cgroups, int depth) {
    this.proc = proc;
    this.inaccessible = InaccessibleNodes.of(root);
    this.cgroups = cgroups;
    this.depth = depth;
    this.initNamespaces = links(root.resolve("proc/1"));
  }

  /**
   * A reader for one boot of a device.
   *
   * @param root of its file system
   */
  public static ProcessReader of(Path root, Cgroups cgroups) {
    Path deviceProc = root.resolve("proc");
    // /proc/self resolves only for a process of that PID namespace. Otherwise the device is a
    // container seen from outside: its cgroup files then hold our numbers, which our own /proc
    // knows.
    if (Files.exists(deviceProc.resolve("self"))) {
      return new ProcessReader(root, deviceProc, cgroups, 0);
    }
    Path ours = Path.of("/proc");
    return new ProcessReader(root, ours, cgroups, depthOfInit(ours, cgroups));
  }

  private static int depthOfInit(Path proc, Cgroups cgroups) {
    for (int pid : cgroups.processes("/init.scope")) {
      try {
        String[] numbers = numbers(status(proc.resolve(Integer.toString(pid))));
        if (numbers[numbers.length - 1].equals("1")) {
          return numbers.length - 1;
        }
      } catch (IOException e) {
        // Gone; the next one may be it.
      }
    }
    return 0;
  }

  /**
   * Evidence of every process of the cgroup and of those below it.
   *
   * @param controlGroup as systemd's ControlGroup property says it; empty for a unit without one
   * @param mainPid of the unit; it comes first
   * @param hidden paths that the loaded unit hides from them
   * @param budget of the look at the whole device; where an app has more processes than it pays
   *     for, the others are read first in the next look
   */
  public List<ProcessEvidence> read(
      String controlGroup, int mainPid, List<String> hidden, ReadBudget budget) {
    if (controlGroup.isEmpty()) {
      return List.of();
    }
    List<Integer> pids = inTurn(controlGroup, mainPid);
    awaitSandbox(pids, budget);
    var found = new ArrayList<ProcessEvidence>();
    long end = budget.endOfUnit();
    int read = 0;
    var visible = new HashMap<String, SortedSet<String>>();
    for (int pid : pids) {
      if (read == PROCESSES_LIMIT || (read > 0 && budget.isOver(end))) {
        LOG.warn(
            "cgroup={} action=observe processes={} read={} the others are read next time",
            controlGroup,
            pids.size(),
            read);
        turns.put(controlGroup, pid);
        break;
      }
      Path process = proc.resolve(Integer.toString(pid));
      evidence(process, at -> visible.computeIfAbsent(at, _ -> visible(process, hidden)))
          .ifPresent(found::add);
      read++;
    }
    if (read == pids.size()) {
      turns.remove(controlGroup);
    }
    budget.spent();
    found.sort(
        Comparator.<ProcessEvidence, Boolean>comparing(p -> p.pid() != mainPid)
            .thenComparing(ProcessEvidence::pid));
    return found;
  }

  /**
   * The main process, by which the app is judged, and then the first that was not read last time.
   */
  private List<Integer> inTurn(String controlGroup, int mainPid) {
    List<Integer> pids = cgroups.processes(controlGroup);
    Integer next = turns.get(controlGroup);
    if (next == null || pids.isEmpty()) {
      return pids;
    }
    Integer main = pids.contains(mainPid) ? Integer.valueOf(mainPid) : pids.getFirst();
    int at = Math.max(0, pids.indexOf(next));
    var turned = new ArrayList<Integer>(pids.size() + 1);
    turned.add(main);
    turned.addAll(pids.subList(at, pids.size()));
    turned.addAll(pids.subList(0, at));
    turned.subList(1, turned.size()).remove(main);
    return turned;
  }

  /**
   * Waits for processes that systemd has forked and that are not yet in their sandbox. Whatever
   * they are at the end counts: one that stays so is no process of the app. All of them are waited
   * for together, and the look at the whole device has so many waits and no more: an app can give
   * any number of its processes that name.
   */
  private void awaitSandbox(List<Integer> pids, ReadBudget budget) {
    List<Integer> forked = pids;
    do {
      forked =
          forked.stream()
              .limit(PROCESSES_LIMIT)
              .filter(pid -> isSystemdItself(proc.resolve(Integer.toString(pid))))
              .toList();
    } while (!forked.isEmpty() && budget.pause());
  }

  /**
   * The mount table of one process of the cgroup (proc_pid_mountinfo(5)).
   *
   * @return empty if none runs
   */
  public Optional<String> mountTable(String controlGroup) {
    for (int pid : cgroups.processes(controlGroup)) {
      try {
        Path table = proc.resolve(Integer.toString(pid)).resolve("mountinfo");
        return Optional.of(ProcFile.read(table, MOUNTS_LIMIT));
      } catch (IOException e) {
        // Ended; the next one may run.
      }
    }
    return Optional.empty();
  }

  /** Directories of the processes of a cgroup in a mounted proc(5), in no order. */
  List<Path> directories(String controlGroup) {
    return cgroups.processes(controlGroup).stream()
        .limit(PROCESSES_LIMIT)
        .map(pid -> proc.resolve(Integer.toString(pid)))
        .toList();
  }

  /** The device's own number of a process. */
  int number(Map<String, String> status) throws IOException {
    return Integer.parseInt(numbers(status)[depth]);
  }

  /** Empty if the process has ended. */
  private Optional<ProcessEvidence> evidence(
      Path process, Function<String, SortedSet<String>> visible) {
    try {
      Map<String, String> status = status(process);
      String state = status.getOrDefault("State", "Z");
      if (state.startsWith("Z") || state.startsWith("X")) {
        return Optional.empty();
      }
      Map<String, String> links = links(process);
      return Optional.of(
          new ProcessEvidence(
              number(status),
              status.getOrDefault("Name", ""),
              uid(status),
              status.getOrDefault("NoNewPrivs", "0").equals("1"),
              Integer.parseInt(status.getOrDefault("Seccomp", "0")),
              mask(status, "CapBnd"),
              mask(status, "CapEff"),
              mask(status, "CapAmb"),
              namespaces(links),
              generation(process),
              // Processes of one mount namespace see the same.
              visible.apply(links.getOrDefault("mnt", ""))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static boolean isSystemdItself(Path process) {
    try {
      String program = Files.readSymbolicLink(process.resolve("exe")).toString();
      return program.endsWith("/systemd/systemd-executor") || program.endsWith("/systemd/systemd");
    } catch (IOException e) {
      // It has ended.
      return false;
    }
  }

  private static Map<String, String> status(Path process) throws IOException {
    return ProcFile.status(process, STATUS_FIELDS);
  }

  private static String[] numbers(Map<String, String> status) throws IOException {
    String numbers = status.get("NSpid");
    if (numbers == null) {
      throw new IOException("the kernel was built without PID namespaces");
    }
    return words(numbers);
  }

  static String[] words(String text) {
    var words = new ArrayList<String>();
    for (var tokens = new StringTokenizer(text); tokens.hasMoreTokens(); ) {
      words.add(tokens.nextToken());
    }
    return words.toArray(String[]::new);
  }

  /**
   * 0 if any of the real, effective, saved and file system uid is 0, otherwise the effective one.
   */
  private static int uid(Map<String, String> status) {
    String[] uids = words(status.getOrDefault("Uid", "0"));
    boolean root = Stream.of(uids).anyMatch("0"::equals);
    return root || uids.length < 2 ? 0 : Integer.parseUnsignedInt(uids[1]);
  }

  private static long mask(Map<String, String> status, String field) {
    return Long.parseUnsignedLong(status.getOrDefault(field, "ffffffffffffffff"), 16);
  }

  private SortedSet<String> visible(Path process, List<String> hidden) {
    Path root = process.resolve("root");
    var visible = new TreeSet<String>();
    for (String path : hidden) {
      if (inaccessible.shows(root, path)) {
        visible.add(path);
      }
    }
    return visible;
  }

  private SortedMap<String, Boolean> namespaces(Map<String, String> links) {
    var differs = new TreeMap<String, Boolean>();
    links.forEach(
        (name, link) -> {
          String init = initNamespaces.get(name);
          if (init != null) {
            differs.put(name, !init.equals(link));
          }
        });
    return differs;
  }

  static Map<String, String> links(Path process) {
    var links = new HashMap<String, String>();
    for (String name : NAMESPACES) {
      try {
        links.put(name, Files.readSymbolicLink(process.resolve("ns").resolve(name)).toString());
      } catch (IOException e) {
        // A kernel without this kind, or the process has ended; what is not seen is not claimed.
      }
    }
    return links;
  }

  static String generation(Path process) {
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
