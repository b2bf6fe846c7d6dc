package dev.sandbar.device.kernel;

import dev.sandbar.core.denial.RefusedCall;
import dev.sandbar.core.learn.CallRecord;
import dev.sandbar.core.learn.ServiceObservation;
import dev.sandbar.core.learn.Stayed;
import dev.sandbar.core.learn.TcpTable;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.learn.Use.Trait;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Watches a running service from outside and remembers what it does: by what its processes have at
 * each look, and by the system calls that they make meanwhile. The service is not traced, wrapped
 * or stopped.
 *
 * <p>For one thread.
 */
public final class ServiceWatch implements AutoCloseable {

  private static final int TABLE_LIMIT = 8 << 20;

  /** So many files are all that anybody reads. */
  private static final int MOST_FILES = 5_000;

  private static final Duration PAUSE = Duration.ofMillis(1);

  /** Processes of a service are much alike, and a look must end before the next one. */
  private static final int MOST_PROCESSES = 200;

  private static final int MOST_NUMBERS = 100_000;

  private static final Pattern OF_A_PROCESS = Pattern.compile("/proc/([0-9]+)(/.*)?");

  private final Path proc;
  private final Cgroups cgroups;
  private final String controlGroup;
  private final ProcessUses processes;

  /** Whether the time for a look is over. */
  private final BooleanSupplier late;

  private final ProcessFields fields = new ProcessFields();
  private final Map<String, Integer> numbers;
  private final boolean refusals;
  private final Set<Use> uses = new LinkedHashSet<>();
  private final Set<Integer> ports = new TreeSet<>();
  private final Set<String> own = new HashSet<>();

  /** One, or none where the kernel does not let it. */
  private final List<CallWatch> calls = new ArrayList<>();

  /** When each start was found, by the clock of the kernel's records. */
  private final List<Long> starts = new ArrayList<>();

  private String blind = "";
  private long watched;
  private int files;
  private int looks;
  private int most;

  private ServiceWatch(
      Path proc,
      Cgroups cgroups,
      String controlGroup,
      Map<String, Integer> numbers,
      boolean refusals,
      List<SocketView> sockets,
      BooleanSupplier late) {
    this.late = late;
    this.refusals = refusals;
    this.proc = proc;
    this.cgroups = cgroups;
    this.controlGroup = controlGroup;
    this.processes = new ProcessUses(sockets, this::add, late);
    this.numbers = numbers;
  }

  /**
   * Begins to watch.
   *
   * @param root of the device's file system
   * @param controlGroup of the service, as systemd's property of that name says it
   * @param callNames of all system calls that have one
   * @throws IOException if the device has no cgroups
   */
  public static ServiceWatch begin(Path root, String controlGroup, Collection<String> callNames)
      throws IOException {
    var watch =
        new ServiceWatch(
            proc(root),
            cgroups(root),
            controlGroup,
            CallNumbers.of(callNames).numbers(),
            false,
            SocketView.open().stream().toList(),
            () -> false);
    watch.watchCalls();
    return watch;
  }

  /**
   * Begins to watch which system calls of a service the kernel refuses, and nothing else.
   *
   * @param controlGroup as for {@link #begin}; it need not be there yet
   * @throws IOException if the device has no cgroups
   */
  public static ServiceWatch refusals(Path root, String controlGroup, Collection<String> callNames)
      throws IOException {
    var watch =
        new ServiceWatch(
            proc(root),
            cgroups(root),
            controlGroup,
            CallNumbers.of(callNames).numbers(),
            true,
            List.of(),
            () -> false);
    try {
      watch.calls.add(CallWatch.begin(watch.numbers, true));
    } catch (IOException e) {
      watch.blind = String.valueOf(e.getMessage());
    }
    watch.watchCalls();
    return watch;
  }

  /**
   * What a service does at this moment, without its system calls, and as far as the files of {@code
   * /proc} say it: an agent may not take sockets out of other processes.
   *
   * @param controlGroup as for {@link #begin}
   * @param most time that it may take: a service decides how many processes and files it has
   * @throws IOException if the device has no cgroups
   */
  public static Glance glance(Path root, String controlGroup, Duration most) throws IOException {
    long end = System.nanoTime() + most.toNanos();
    try (var watch =
        new ServiceWatch(
            proc(root),
            cgroups(root),
            controlGroup,
            Map.of(),
            false,
            List.of(),
            () -> System.nanoTime() - end >= 0)) {
      watch.blind = "system calls take longer to see";
      watch.look();
      return new Glance(watch.uses(), !watch.late.getAsBoolean());
    }
  }

  /**
   * What a service was seen to do.
   *
   * @param whole whether the time sufficed for all of its processes and files
   */
  public record Glance(Set<Use> uses, boolean whole) {}

  /** A device that is seen from outside has our numbers in its cgroups. */
  static Path proc(Path root) {
    return Files.exists(root.resolve("proc/self")) ? root.resolve("proc") : Path.of("/proc");
  }

  /**
   * Does something that starts the service again, and watches it from its first milliseconds on.
   *
   * @throws IOException if the work does
   */
  public void during(Work work) throws IOException {
    var failure = new CompletableFuture<Void>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                work.run();
                failure.complete(null);
              } catch (IOException | RuntimeException e) {
                failure.completeExceptionally(e);
              }
            });
    while (!failure.isDone()) {
      watchCalls();
      // systemd makes the cgroup and then takes some more to get to the program.
      LockSupport.parkNanos(PAUSE.toNanos());
    }
    watchCalls();
    try {
      failure.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException why) {
        throw why;
      }
      throw e.getCause() instanceof RuntimeException why ? why : e;
    }
  }

  /** Something that starts a service again. */
  @FunctionalInterface
  public interface Work {
    void run() throws IOException;
  }

  private static Cgroups cgroups(Path root) throws IOException {
    return Cgroups.of(root).orElseThrow(() -> new IOException("this device has no cgroup v2"));
  }

  /** A service that has started again has another cgroup of the same name. */
  public void watchCalls() {
    long now = cgroups.identity(controlGroup);
    if (now == 0 || now == watched || !blind.isEmpty()) {
      return;
    }
    try {
      Path cgroup = cgroups.directory(controlGroup);
      if (calls.isEmpty()) {
        calls.add(CallWatch.begin(numbers, refusals));
      }
      long at = System.nanoTime();
      calls.getFirst().moveTo(cgroup);
      starts.add(at);
      watched = now;
    } catch (NoSuchFileException e) {
      // It has gone again; the next one is looked for.
    } catch (IOException e) {
      blind = String.valueOf(e.getMessage());
    }
  }

  /** Before the kernel forgets the oldest of them. */
  private void takeCalls() {
    for (CallWatch watch : calls) {
      watch.called().stream().map(Use.Called::new).forEach(this::add);
      watch.records().stream().map(CallRecord::use).flatMap(Optional::stream).forEach(this::add);
    }
  }

  private void add(Use use) {
    // Any number of files must not crowd out what else there is.
    boolean file =
        use instanceof Use.Wrote || use instanceof Use.ReadProc || use instanceof Use.ReadSettings;
    if (uses.size() < ServiceObservation.MOST_USES
        && (!file || files < MOST_FILES)
        && uses.add(use)
        && file) {
      files++;
    }
    if (use instanceof Use.Bound(Protocol protocol, var at) && protocol == Protocol.TCP) {
      ports.add(at.port());
    }
  }

  /** Looks at every process of the service once. */
  public void look() {
    watchCalls();
    takeCalls();
    List<Integer> pids = cgroups.processes(controlGroup);
    looks++;
    most = Math.max(most, pids.size());
    Map<String, String> first = Map.of();
    for (int pid : pids.subList(0, Math.min(pids.size(), MOST_PROCESSES))) {
      if (late.getAsBoolean()) {
        return;
      }
      Path process = proc.resolve(Integer.toString(pid));
      remember(process);
      processes.look(process);
      SortedMap<String, String> namespaces = fields.namespaces(process);
      if (first.isEmpty()) {
        first = namespaces;
        peers(process);
      } else if (isElsewhere(namespaces, first)) {
        add(new Use.Has(Trait.OWN_NAMESPACE));
      }
    }
  }

  /** One that ends meanwhile has fewer of them, and is nowhere else. */
  static boolean isElsewhere(Map<String, String> namespaces, Map<String, String> others) {
    return namespaces.entrySet().stream()
        .anyMatch(it -> !it.getValue().equals(others.getOrDefault(it.getKey(), it.getValue())));
  }

  /** The numbers that the process has, so that what it reads of itself is known. */
  private void remember(Path process) {
    try {
      String numbers = ProcFile.status(process, Set.of("NSpid")).getOrDefault("NSpid", "");
      if (own.size() < MOST_NUMBERS) {
        own.addAll(List.of(ProcessFields.words(numbers)));
      }
    } catch (IOException e) {
      // It has ended.
    }
  }

  private void peers(Path process) {
    if (ports.isEmpty()) {
      return;
    }
    for (String table : List.of("net/tcp", "net/tcp6")) {
      try {
        TcpTable.peers(ProcFile.read(process.resolve(table), TABLE_LIMIT), ports).stream()
            .flatMap(it -> it.uses().stream())
            .forEach(this::add);
      } catch (IOException e) {
        // Without IPv6, or it has ended.
      }
    }
  }

  /** Whether the service has run since it is watched. */
  public boolean hasRun() {
    return watched != 0;
  }

  /** The system calls that the kernel refused it until now. */
  public List<RefusedCall> refused() {
    return calls.stream().flatMap(it -> it.refused().stream()).toList();
  }

  /** How many starts of it were seen; one that ran already is the first. */
  public int starts() {
    return starts.size();
  }

  /** The system calls that the kernel refused it in one start, from 0 on. */
  public List<RefusedCall> refusedIn(int start) {
    if (start >= starts.size()) {
      return List.of();
    }
    long from = starts.get(start);
    boolean last = start + 1 == starts.size();
    return refused().stream()
        .filter(it -> it.at() >= from && (last || it.at() < starts.get(start + 1)))
        .toList();
  }

  /**
   * The process of the service that stays.
   *
   * @param program that its unit starts
   * @param paths of what the process sees
   */
  public Stayed stayed(String program, Paths paths) {
    return StayedProcess.of(proc, cgroups.processes(controlGroup), program, paths);
  }

  /** Finds files below another root. */
  @FunctionalInterface
  public interface Paths {
    /** Where a path leads when every link is followed below that root. */
    Path onDisk(Path root, String path) throws IOException;
  }

  /** How often it was looked at. */
  public int looks() {
    return looks;
  }

  /** How many processes it had at most. */
  public int processes() {
    return most;
  }

  /** Why its system calls are not seen; empty if they are. */
  public String blind() {
    return blind;
  }

  /** All that it was seen to do until now. */
  public Set<Use> uses() {
    takeCalls();
    var all = new LinkedHashSet<>(uses);
    all.removeIf(use -> !isNode(use));
    return all.stream().map(this::ofItself).collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** What it reads of itself by its number is what it would read by that name. */
  private Use ofItself(Use use) {
    if (use instanceof Use.ReadProc(String path)) {
      Matcher process = OF_A_PROCESS.matcher(path);
      if (process.matches() && own.contains(process.group(1))) {
        return new Use.ReadProc("/proc/self" + path.substring(process.end(1)));
      }
    }
    return use;
  }

  /** Below /dev there are files and folders too, and what has gone since. */
  private boolean isNode(Use use) {
    if (!(use instanceof Use.Device(String path, _))) {
      return true;
    }
    if (PathText.problemIn(path).isPresent()) {
      return false;
    }
    for (int pid : cgroups.processes(controlGroup)) {
      Path node =
          proc.resolve(Integer.toString(pid))
              .resolve("root")
              .resolve(path.substring(1))
              .normalize();
      try {
        var attributes =
            Files.readAttributes(node, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return attributes.isOther() || attributes.isSymbolicLink();
      } catch (IOException | InvalidPathException e) {
        return false;
      }
    }
    return false;
  }

  @Override
  public void close() {
    calls.forEach(CallWatch::close);
    calls.clear();
  }
}
