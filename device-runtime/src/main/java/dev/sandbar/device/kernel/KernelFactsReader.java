package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.CallFilter;
import dev.sandbar.core.attest.CallFilters;
import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.attest.KernelFacts.Joined;
import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.attest.KernelFacts.ProcessFacts;
import dev.sandbar.core.attest.PacketRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads what the kernel shows of one running app beside its processes: its mounts and the limits of
 * its cgroup.
 *
 * <p>For one thread at a time.
 */
public final class KernelFactsReader {

  private static final int MOUNTS_LIMIT = 1 << 20;
  private static final BackingFiles BACKING = new BackingFiles(Path.of("/sys/dev/block"));

  /** Apps of which the last facts are kept; far more than a device has. */
  private static final int APPS_LIMIT = 1_000;

  /** Where ip(8) gives network namespaces a name. */
  private static final String NAMED = "/run/netns/";

  /** Block devices over files (the kernel's devices.txt). */
  private static final String LOOP = "7:";

  private static final String FREEZE = "cgroup.freeze";

  private final Cgroups cgroups;
  private final ProcessReader reader;
  private final KnownFilters filters;
  private final Map<String, KernelFacts> last = new HashMap<>();
  private final Path root;
  private final Path init;
  private final Outsiders outsiders;
  private final DeviceNodes nodes;
  private final RuleReader rules;
  private final SocketDirectories sockets;
  private final BusProxies proxies;
  private final KernelValues values;
  private final MountSources sources;
  private final MountTables mounts;

  /**
   * What a unit has to be asked about.
   *
   * @param paths to find in the app's file system
   * @param files of its cgroup, such as {@code memory.max}
   * @param addresses that the programs on packets at its cgroup are given packets of; none if these
   *     would be counted as the app's
   * @param namespaces paths of network namespaces that have a name on the device
   * @param devices entries of DeviceAllow
   * @param links whether to ask for the interfaces of its network namespace, and for the rules of
   *     nftables by which it has connections
   * @param firewall whether to ask for the rules of nftables in its network namespace
   * @param settings and modules of the device's kernel
   * @param mounts places of file systems that are mounted for apps
   * @param rooms directive to places of directories that it limits
   */
  public record Asked(
      SortedSet<String> paths,
      SortedSet<String> files,
      SortedSet<String> addresses,
      SortedSet<String> namespaces,
      SortedSet<String> devices,
      boolean links,
      boolean firewall,
      SortedSet<String> settings,
      SortedSet<String> mounts,
      SortedMap<String, SortedSet<String>> rooms) {
    /** Nothing. */
    public static final Asked NOTHING =
        new Asked(
            new TreeSet<>(),
            new TreeSet<>(),
            new TreeSet<>(),
            new TreeSet<>(),
            new TreeSet<>(),
            false,
            false,
            new TreeSet<>(),
            new TreeSet<>(),
            new TreeMap<>());
  }

  private KernelFactsReader(
      Path root, Cgroups cgroups, ProcessReader reader, KnownFilters filters) {
    this.root = root;
    this.init = root.resolve("proc/1");
    this.cgroups = cgroups;
    this.reader = reader;
    this.filters = filters;
    this.mounts = new MountTables(() -> ProcFile.read(init.resolve("mountinfo"), MOUNTS_LIMIT));
    this.outsiders = reader.outsiders();
    this.nodes = new DeviceNodes(root);
    this.rules = new RuleReader(root);
    this.sockets = new SocketDirectories(root);
    this.proxies = new BusProxies(root, reader);
    this.values = new KernelValues(root);
    this.sources = new MountSources(root, BACKING);
  }

  /**
   * A reader for one boot of a device.
   *
   * @param root of its file system
   * @return empty if the device has no cgroup v2
   */
  public static Optional<KernelFactsReader> of(Path root) {
    return Cgroups.of(root)
        .map(it -> of(root, it, ProcessReader.of(root, it), KnownFilters.none()));
  }

  /** The same, with readers that are there. */
  public static KernelFactsReader of(
      Path root, Cgroups cgroups, ProcessReader reader, KnownFilters filters) {
    return new KernelFactsReader(root, cgroups, reader, filters);
  }

  /**
   * A look at the device begins: what all apps share is read now.
   *
   * @param everything whether to look at all processes of the device too
   */
  public void begin(boolean everything) {
    mounts.begin();
    nodes.begin();
    rules.begin();
    if (everything) {
      outsiders.scan();
    }
  }

  /** The look is over: filters that are not known yet are asked for, in the background. */
  public void end() {
    rules.end();
    filters.ask();
  }

  /**
   * The same for {@link #isAsBefore}.
   *
   * @param passedOver numbers of processes that are in the namespaces in which they were
   */
  public void begin(Set<String> passedOver) {
    nodes.begin();
    rules.begin();
    outsiders.scan(passedOver);
  }

  /**
   * Whether what reaches an app from outside its processes, its mounts, its cgroup and the programs
   * there is as these facts have it.
   *
   * @param processes of the app, from which the facts were read
   */
  public boolean isAsBefore(KernelFacts facts, List<ProcessReader.Seen> processes, Asked about) {
    Outside before = facts.outside();
    Optional<CgroupPrograms.Attached> none = Optional.empty();
    Outside now = outside(facts.controlGroup(), processes, about, none, facts.deviceMounts());
    return now.joined().equals(before.joined())
        && now.nodes().equals(before.nodes())
        && now.links().equals(before.links())
        && now.rules().equals(before.rules())
        && now.firewall().equals(before.firewall())
        && now.sockets().equals(before.sockets())
        && now.proxy().equals(before.proxy())
        && now.settings().equals(before.settings())
        && now.sources().equals(before.sources())
        && now.rooms().equals(before.rooms())
        && namespaces(about.namespaces()).equals(facts.deviceNamespaces())
        && (!isOnFiles(facts) || BACKING.of(facts.mounts()).equals(facts.images()));
  }

  /** Whether the app sees a file system that is in a file. */
  public static boolean isOnFiles(KernelFacts facts) {
    return !facts.images().isEmpty()
        || facts.mounts().stream().anyMatch(mount -> mount.device().startsWith(LOOP));
  }

  /** The same as {@link #isAsBefore} of a plain app. */
  public boolean isAsBefore(
      KernelFacts facts, List<ProcessReader.Seen> processes, SortedSet<String> devices) {
    Outside before = facts.outside();
    boolean alone =
        before.joined().isEmpty()
            && (processes.isEmpty()
                || outsiders.isAlone(processes.getFirst().facts().namespaces()));
    return (alone
            || outsiders
                .of(
                    processes.getFirst().facts().namespaces(),
                    processes.stream().map(ProcessReader.Seen::directory).toList(),
                    reader.members(facts.controlGroup()))
                .equals(before.joined()))
        && nodes.numbers(devices).equals(before.nodes());
  }

  /** The mount table of an app, as it was read last. */
  public String mountTable(String controlGroup) {
    return mounts.text(controlGroup);
  }

  /** The mount table of the device, as it was read last. */
  public String mountTable() {
    return mounts.text();
  }

  /**
   * Reads once; system call filters only as far as they are known. Where nothing has changed it is
   * the same object as before.
   *
   * @param controlGroup as systemd's ControlGroup property says it
   * @param mainPid of the unit, as the device counts it; 0 if none runs
   * @param processes of the cgroup, the main process first
   * @param attached BPF programs at the cgroup; empty if they could not be asked for
   */
  public KernelFacts read(
      String controlGroup,
      int mainPid,
      List<ProcessReader.Seen> processes,
      Asked about,
      Optional<CgroupPrograms.Attached> attached) {
    if (controlGroup.isEmpty()) {
      return KernelFacts.NOTHING;
    }
    if (last.size() >= APPS_LIMIT) {
      last.clear();
    }
    List<ProcessFacts> facts = processes.stream().map(ProcessReader.Seen::facts).toList();
    boolean escaped =
        mainPid != 0
            && facts.stream().noneMatch(it -> it.pid() == mainPid)
            && reader.isElsewhere(mainPid, controlGroup);
    MountTables.Seen seen =
        mounts.read(
            controlGroup,
            () -> processes.stream().findFirst().flatMap(KernelFactsReader::own),
            () -> places(processes.getFirst().directory(), about.paths()));
    var now =
        new KernelFacts(
            controlGroup,
            facts,
            escaped ? mainPid : 0,
            seen.mounts(),
            seen.around(),
            seen.places(),
            BACKING.of(seen.mounts()),
            namespaces(about.namespaces()),
            limits(controlGroup, about.files()),
            processes.stream().findFirst().map(this::known).orElse(CallFilters.UNREAD),
            outside(controlGroup, processes, about, attached, seen.around()));
    KernelFacts known = last.getOrDefault(controlGroup, KernelFacts.NOTHING);
    if (now.equals(known)) {
      return known;
    }
    last.put(controlGroup, now);
    return now;
  }

  /**
   * The same with the system call filters of the main process, which stands still while they are
   * read ({@link FilterReader}).
   *
   * @param calls names of system calls to number
   */
  public KernelFacts withFilters(KernelFacts facts, Collection<String> calls) {
    if (facts.processes().isEmpty()) {
      return facts;
    }
    return reader
        .directory(facts.controlGroup(), facts.processes().getFirst().pid())
        .flatMap(KernelFactsReader::filters)
        .map(read -> facts.with(CallFilters.of(read, CallNumbers.of(calls))))
        .orElse(facts);
  }

  private Outside outside(
      String controlGroup,
      List<ProcessReader.Seen> processes,
      Asked about,
      Optional<CgroupPrograms.Attached> attached,
      List<KernelFacts.Mount> around) {
    List<Joined> joined =
        processes.isEmpty()
            ? List.of()
            : outsiders.of(
                processes.getFirst().facts().namespaces(),
                processes.stream().map(ProcessReader.Seen::directory).toList(),
                reader.members(controlGroup));
    return new Outside(
        joined,
        attached.map(CgroupPrograms.Attached::foreign).orElse(List.of()),
        attached.map(CgroupPrograms.Attached::packets).orElse(new TreeMap<>()),
        attached.map(CgroupPrograms.Attached::contents).orElse(new TreeMap<>()),
        nodes.numbers(about.devices()),
        about.links() ? NetworkLinks.of(processes) : new TreeSet<>(),
        about.links() && !processes.isEmpty() ? rules.read(controlGroup) : PacketRules.UNREAD,
        about.firewall() && !processes.isEmpty()
            ? rules.inside(processes.getFirst().directory())
            : PacketRules.UNREAD,
        sockets.read(controlGroup, processes, about.paths()),
        proxies.read(processes, about.paths()),
        values.read(about.settings()),
        sources.read(about.mounts(), around),
        DirectoryRooms.read(processes, about.rooms()));
  }

  private SortedMap<String, String> namespaces(SortedSet<String> paths) {
    if (paths.isEmpty()) {
      return reader.initNamespaces();
    }
    var all = new TreeMap<>(reader.initNamespaces());
    paths.forEach(path -> identity(path).ifPresent(identity -> all.put(path, identity)));
    return all;
  }

  /** As /proc/PID/ns has it; empty if nothing is there (ip-netns(8)). */
  private Optional<String> identity(String path) {
    if (!path.startsWith(NAMED) || path.contains("/..")) {
      return Optional.empty();
    }
    try {
      Object inode =
          Files.getAttribute(
              root.resolve(path.substring(1)), "unix:ino", LinkOption.NOFOLLOW_LINKS);
      return Optional.of("net:[%s]".formatted(inode));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private CallFilters known(ProcessReader.Seen main) {
    return filters.of(main.directory(), main.facts().filterCount());
  }

  private static Optional<MountTables.Own> own(ProcessReader.Seen main) {
    try {
      return Optional.of(
          new MountTables.Own(
              main.facts().namespaces().getOrDefault("mnt", ""),
              ProcFile.read(main.directory().resolve("mountinfo"), MOUNTS_LIMIT)));
    } catch (IOException e) {
      // It has ended.
      return Optional.empty();
    }
  }

  private static SortedMap<String, String> places(Path process, SortedSet<String> paths) {
    var places = new TreeMap<String, String>();
    for (String path : paths) {
      InaccessibleNodes.resolved(process.resolve("root"), path)
          .ifPresent(real -> places.put(path, real));
    }
    return Collections.unmodifiableSortedMap(places);
  }

  private SortedMap<String, String> limits(String controlGroup, SortedSet<String> files) {
    var limits = new TreeMap<String, String>();
    cgroups.value(controlGroup, FREEZE).ifPresent(value -> limits.put(FREEZE, value));
    for (String file : files) {
      cgroups.value(controlGroup, file).ifPresent(value -> limits.put(file, value));
    }
    return limits;
  }

  private static Optional<List<CallFilter>> filters(Path process) {
    int pid = Integer.parseInt(process.getFileName().toString());
    // Of a device that is seen through a mounted proc(5) of its own the numbers are others.
    return process.startsWith("/proc")
        ? FilterReader.open().flatMap(it -> it.read(pid))
        : Optional.empty();
  }
}
