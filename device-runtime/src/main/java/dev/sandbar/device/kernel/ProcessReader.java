package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.KernelFacts.Joined;
import dev.sandbar.core.attest.KernelFacts.ProcessFacts;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
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

  private static final int MOUNTS_LIMIT = 1 << 20;

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

  private final SortedMap<String, String> initNamespaces;
  private final InaccessibleNodes inaccessible;
  private final ProcessFields fields = new ProcessFields();

  /** By control group the process with which the next look begins, where the last was cut short. */
  private final Map<String, Integer> turns = new ConcurrentHashMap<>();

  /**
   * A process, read once.
   *
   * @param directory of it in a mounted proc(5)
   */
  public record Seen(Path directory, ProcessFacts facts, ProcessEvidence evidence) {}

  private ProcessReader(Path root, Path proc, Cgroups cgroups, int depth) {
    this.proc = proc;
    this.inaccessible = InaccessibleNodes.of(root);
    this.cgroups = cgroups;
    this.depth = depth;
    this.initNamespaces = fields.namespaces(root.resolve("proc/1"));
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
   * Every process of the cgroup and of those below it.
   *
   * @param controlGroup as systemd's ControlGroup property says it; empty for a unit without one
   * @param mainPid of the unit; it comes first
   * @param hidden paths that the loaded unit hides from them
   * @param budget of the look at the whole device; where an app has more processes than it pays
   *     for, the others are read first in the next look
   */
  public List<Seen> read(String controlGroup, int mainPid, List<String> hidden, ReadBudget budget) {
    if (controlGroup.isEmpty()) {
      return List.of();
    }
    List<Integer> pids = inTurn(controlGroup, mainPid);
    awaitSandbox(pids, budget);
    var found = new ArrayList<Seen>();
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
      seen(process, at -> visible.computeIfAbsent(at, _ -> visible(process, hidden)))
          .ifPresent(found::add);
      read++;
    }
    if (read == pids.size()) {
      turns.remove(controlGroup);
    }
    budget.spent();
    found.sort(
        Comparator.<Seen, Boolean>comparing(it -> it.facts().pid() != mainPid)
            .thenComparing(it -> it.facts().pid()));
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

  /**
   * Whether a process runs, and outside a cgroup and those below it.
   *
   * @param pid as the device counts it
   */
  boolean isElsewhere(int pid, String controlGroup) {
    return find(pid).filter(process -> directory(controlGroup, pid).isEmpty()).isPresent();
  }

  /** Processes of the device in the namespaces of apps. */
  Outsiders outsiders() {
    return new Outsiders(proc, this, initNamespaces);
  }

  /** Processes of a cgroup, as they are whenever it is gone through. */
  Iterable<Integer> members(String controlGroup) {
    return () -> cgroups.processes(controlGroup).iterator();
  }

  Path member(int pid) {
    return proc.resolve(Integer.toString(pid));
  }

  /** A process that runs, with what it shares; empty if it has ended. */
  Optional<Joined> running(Path process, SortedSet<String> shared) {
    try {
      Map<String, String> status = status(process);
      return ProcessFields.isEnded(status)
          ? Optional.empty()
          : Optional.of(new Joined(number(status), status.getOrDefault("Name", ""), shared));
    } catch (IOException | IndexOutOfBoundsException e) {
      // It has ended, or the device has no number for it.
      return Optional.empty();
    }
  }

  private Optional<Path> find(int pid) {
    if (depth == 0) {
      return Optional.of(proc.resolve(Integer.toString(pid))).filter(it -> isAlive(it, pid));
    }
    try (Stream<Path> all = Files.list(proc)) {
      return all.filter(it -> Character.isDigit(it.getFileName().toString().charAt(0)))
          .filter(it -> isOfTheDevice(it) && isAlive(it, pid))
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private boolean isOfTheDevice(Path process) {
    String pids = initNamespaces.get("pid");
    return pids != null && pids.equals(fields.namespaces(process).get("pid"));
  }

  private boolean isAlive(Path process, int pid) {
    try {
      Map<String, String> status = status(process);
      return number(status) == pid && !ProcessFields.isEnded(status);
    } catch (IOException e) {
      return false;
    }
  }

  /** Where a process of a cgroup is in a mounted proc(5); empty if it has ended. */
  Optional<Path> directory(String controlGroup, int pid) {
    for (int candidate : cgroups.processes(controlGroup)) {
      Path process = proc.resolve(Integer.toString(candidate));
      try {
        if (number(status(process)) == pid) {
          return Optional.of(process);
        }
      } catch (IOException e) {
        // Ended; the next one may be it.
      }
    }
    return Optional.empty();
  }

  /** Namespaces of PID 1: entry of {@code /proc/PID/ns} to identity. */
  SortedMap<String, String> initNamespaces() {
    return initNamespaces;
  }

  /** The device's own number of a process. */
  private int number(Map<String, String> status) throws IOException {
    return Integer.parseInt(numbers(status)[depth]);
  }

  /** Empty if the process has ended. */
  private Optional<Seen> seen(Path directory, Function<String, SortedSet<String>> visible) {
    try {
      Map<String, String> leader = status(directory);
      Path process = ProcessFields.isEnded(leader) ? livingThread(directory, leader) : directory;
      Map<String, String> status = process.equals(directory) ? leader : status(process);
      ProcessFacts facts = fields.facts(process, number(leader), status);
      if (isEnding(process, facts)) {
        return Optional.empty();
      }
      return Optional.of(
          new Seen(
              process,
              facts,
              new ProcessEvidence(
                  facts.pid(),
                  facts.command(),
                  ProcessFields.user(status),
                  facts.noNewPrivileges(),
                  facts.seccomp(),
                  facts.capabilities().getOrDefault("CapBnd", -1L),
                  facts.capabilities().getOrDefault("CapEff", -1L),
                  facts.capabilities().getOrDefault("CapAmb", -1L),
                  namespaces(facts.namespaces()),
                  facts.generation(),
                  // Processes of one mount namespace see the same.
                  visible.apply(facts.namespaces().getOrDefault("mnt", "")))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * A thread that runs on where the first one of its process has ended: of that one, proc(5) shows
   * only that it was there.
   *
   * @throws IOException if there is none
   */
  private static Path livingThread(Path process, Map<String, String> leader) throws IOException {
    if (!leader.getOrDefault("Threads", "1").equals("1")) {
      try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
        for (Path thread : threads) {
          if (!ProcessFields.isEnded(status(thread))) {
            return thread;
          }
        }
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
    }
    throw new NoSuchFileException(process.toString());
  }

  /**
   * Whether a process ended while it was read: what it has given back by then says nothing about
   * its sandbox.
   */
  private boolean isEnding(Path process, ProcessFacts facts) throws IOException {
    if (!facts.generation().isEmpty()
        && facts.namespaces().keySet().containsAll(initNamespaces.keySet())) {
      return false;
    }
    return ProcessFields.isEnded(status(process));
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
    return ProcFile.status(process, ProcessFields.STATUS);
  }

  private static String[] numbers(Map<String, String> status) throws IOException {
    String numbers = status.get("NSpid");
    if (numbers == null) {
      throw new IOException("the kernel was built without PID namespaces");
    }
    return ProcessFields.words(numbers);
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
}
