package dev.sandbar.device.systemd;

import dev.sandbar.core.compile.BusPolicy;
import dev.sandbar.core.compile.BusProxy;
import dev.sandbar.core.compile.BusServices;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.compile.MountUnit;
import dev.sandbar.core.compile.NodeNames;
import dev.sandbar.core.compile.Owner;
import dev.sandbar.core.compile.SocketDirectory;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.FileSystem;
import dev.sandbar.core.model.Listed;
import dev.sandbar.device.hosts.KnownHosts;
import dev.sandbar.device.kernel.ProjectQuotas;
import dev.sandbar.device.store.DevicePaths;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a device is that changes while it runs: who owns its device nodes and the directories of its
 * volumes, which name servers it asks, and what hosts were resolved to. Read anew before apps are
 * compiled.
 */
public final class Surroundings {

  private static final int FILE_LIMIT = 1 << 20;
  private static final int MOST_NODES = 8_192;
  private static final int DEPTH = 3;
  private static final int TYPE = 0170000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int BLOCK_DEVICE = 0060000;
  private static final int DIRECTORY = 0040000;
  private static final int SYMBOLIC_LINK = 0120000;
  private static final int PERMISSIONS = 07777;
  private static final int SHARED = 02770;

  /** Nothing in them is ever granted to an app. */
  private static final Set<String> PASSED_OVER =
      Set.of("pts", "shm", "mqueue", "hugepages", "fd", "char", "block", "disk", "mapper");

  private static final List<String> JOINING =
      List.of("/usr/sbin/ip", "/usr/sbin/nft", "/usr/bin/nsenter");

  private static final List<String> RULES =
      List.of(
          "/usr/lib/udev/rules.d/70-sandbar.rules",
          "/usr/local/lib/udev/rules.d/70-sandbar.rules",
          "/etc/udev/rules.d/70-sandbar.rules");

  private static final String BROKER = "/usr/bin/dbus-broker-launch";

  private static final String SYSCTL = "/usr/lib/systemd/systemd-sysctl";

  private static final String TUNING_UNIT = "sandbard-tuning@.service";

  private static final String TMPFILES = "/usr/bin/systemd-tmpfiles";

  private static final List<String> UNIT_FOLDERS =
      List.of("/etc/systemd/system/", "/usr/local/lib/systemd/system/", "/usr/lib/systemd/system/");

  /** The lists of zones in tzdata, new and old. */
  private static final List<String> ZONES =
      List.of("/usr/share/zoneinfo/tzdata.zi", "/usr/share/zoneinfo/zone1970.tab");

  private static final List<String> SOCKET_UNITS =
      List.of("sandbard-sockets@.service", "sandbard-sockets.target", "run-sandbar\\x2dapps.mount");

  /** Of the first counter, ipForwarding of the MIB: 1 is forwarding, 2 is not (RFC 4293). */
  private static final String FORWARDS = "Ip: 1 ";

  /** Of systemd: the first that sets quotas on directories of a unit. */
  private static final int SETS_QUOTAS = 258;

  private final Path root;
  private final Map<Integer, String> groups = new HashMap<>();

  private Surroundings(Path root) {
    this.root = root;
  }

  /**
   * The facts with what the device is now.
   *
   * @param root of its file system
   */
  public static DeviceFacts with(DeviceFacts facts, Path root) {
    var reader = new Surroundings(root);
    reader.readGroups();
    var quotas = ProjectQuotas.read(root);
    boolean limits = facts.systemdVersion() >= SETS_QUOTAS && facts.has(Feature.USER_NAMESPACE);
    return facts
        .surrounded(reader.owners(facts), nameServers(root))
        .with(Feature.OWN_NETWORK, reader.joinsNetworks())
        .with(Feature.HARDWARE_NAMES, reader.namesHardware())
        .with(Feature.APP_SOCKETS, reader.makesSockets())
        .with(Feature.BUS_PROXY, reader.filtersBus())
        .with(Feature.BUS_NAMES, reader.ownsNames())
        .with(Feature.KERNEL_SETTINGS, reader.setsKernel())
        .with(Feature.TIME_ZONES, reader.knowsTimeZones())
        .with(Feature.STATE_QUOTA, limits && quotas.hold(AppDirectory.STATE))
        .with(Feature.CACHE_QUOTA, limits && quotas.hold(AppDirectory.CACHE))
        .with(Feature.LOGS_QUOTA, limits && quotas.hold(AppDirectory.LOGS))
        .with(reader.filtersBus() ? BusFiles.read(root) : BusServices.NONE)
        .with(KnownHosts.read(new StateStore(root)));
  }

  private void readGroups() {
    for (String line : lines("/etc/group")) {
      String[] fields = line.split(":", -1);
      if (fields.length >= 3 && fields[2].matches("[0-9]{1,9}")) {
        groups.putIfAbsent(Integer.parseInt(fields[2]), fields[0]);
      }
    }
  }

  private SortedMap<String, Owner> owners(DeviceFacts facts) {
    var nodes = new TreeMap<String, Owner>();
    // PID 1 sees all nodes; the agent has a /dev of its own.
    Path first = root.resolve("proc/1/root/dev");
    Path dev = Files.isDirectory(first) ? first : root.resolve("dev");
    walk(dev, dev, DEPTH, nodes);
    SortedMap<String, Owner> owners = byFamily(nodes);
    NodeNames.usualOwners()
        .forEach(
            (family, owner) -> {
              if (groups.containsValue(owner.group())) {
                owners.putIfAbsent(family, owner);
              }
            });
    owners.putAll(mounted(facts.policy().mounts()));
    for (String volume : facts.volumes().values()) {
      onDisk(volume)
          .flatMap(Surroundings::node)
          .filter(found -> found.is(DIRECTORY))
          .ifPresent(found -> owners.put(volume, owner(found)));
    }
    return owners;
  }

  /** As their owner says: before they are mounted nobody sees whose they are. */
  private static SortedMap<String, Owner> mounted(Listed<FileSystem> mounts) {
    var owners = new TreeMap<String, Owner>();
    switch (mounts) {
      case Listed.Any<FileSystem>() -> {}
      case Listed.Only<FileSystem>(var all) ->
          all.stream()
              .filter(it -> !it.group().isEmpty())
              .forEach(it -> owners.put(MountUnit.place(it.name()), new Owner(it.group(), SHARED)));
    }
    return owners;
  }

  /** One entry for all nodes of a family where they are alike, else one for each. */
  private static SortedMap<String, Owner> byFamily(SortedMap<String, Owner> nodes) {
    var families = new TreeMap<String, Set<Owner>>();
    nodes.forEach(
        (path, owner) ->
            families.computeIfAbsent(NodeNames.family(path), _ -> new HashSet<>()).add(owner));
    var owners = new TreeMap<String, Owner>();
    nodes.forEach(
        (path, owner) -> {
          String family = NodeNames.family(path);
          boolean alike = families.getOrDefault(family, Set.of()).size() == 1;
          owners.put(alike ? family : path, owner);
        });
    return owners;
  }

  private void walk(Path dev, Path directory, int depth, SortedMap<String, Owner> nodes) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String name = "/dev/" + dev.relativize(entry);
        if (nodes.size() >= MOST_NODES || PASSED_OVER.contains(name.substring(5))) {
          continue;
        }
        Optional<Inode> found = node(entry);
        if (found.isEmpty()) {
          continue;
        }
        if (found.get().is(DIRECTORY) && depth > 1) {
          walk(dev, entry, depth - 1, nodes);
        } else if (found.get().is(SYMBOLIC_LINK) && !NodeNames.isKnownLink(name)) {
          target(dev, entry)
              .flatMap(Surroundings::node)
              .filter(Inode::isDevice)
              .ifPresent(it -> nodes.put(name, owner(it)));
        } else if (found.get().isDevice()) {
          nodes.put(name, owner(found.get()));
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      // Unplugged in between, or no such directory: what is not known is not granted.
    }
  }

  /** Where a link of udev leads; an absolute one could lead out of the device. */
  private static Optional<Path> target(Path dev, Path link) {
    try {
      Path to = Files.readSymbolicLink(link);
      Path target = link.resolveSibling(to).normalize();
      return to.isAbsolute() || !target.startsWith(dev) ? Optional.empty() : Optional.of(target);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private record Inode(int mode, int group) {
    boolean is(int type) {
      return (mode & TYPE) == type;
    }

    boolean isDevice() {
      return is(CHARACTER_DEVICE) || is(BLOCK_DEVICE);
    }
  }

  private static Optional<Inode> node(Path path) {
    try {
      var found = Files.readAttributes(path, "unix:mode,gid", LinkOption.NOFOLLOW_LINKS);
      return found.get("mode") instanceof Integer mode && found.get("gid") instanceof Integer gid
          ? Optional.of(new Inode(mode, gid))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whatever group a rule gives a disk: who has it has the device. */
  private Owner owner(Inode node) {
    int gid = node.group();
    String group =
        gid == 0
            ? "root"
            : node.is(BLOCK_DEVICE) ? "disk" : groups.getOrDefault(gid, "#" + gid).strip();
    return new Owner(group, node.mode() & PERMISSIONS);
  }

  /**
   * Whether the device has what joins the network of an app to its own, and passes packets on. The
   * kernel says that of the namespace of PID 1 in no other file (proc_pid_net(5)).
   */
  private boolean joinsNetworks() {
    boolean forwards = false;
    for (String line : lines("/proc/1/net/snmp")) {
      forwards |= line.startsWith(FORWARDS);
    }
    return forwards && JOINING.stream().allMatch(this::isProgram);
  }

  private boolean knowsTimeZones() {
    return ZONES.stream().anyMatch(path -> onDisk(path).filter(Files::isRegularFile).isPresent());
  }

  /** Whether udev runs and has the rules that give hardware its links. */
  private boolean namesHardware() {
    return onDisk("/run/udev/control").filter(Files::exists).isPresent()
        && RULES.stream().anyMatch(path -> onDisk(path).filter(Files::isRegularFile).isPresent());
  }

  /** Whether there is what makes directories for the sockets of apps, and the group for them. */
  private boolean makesSockets() {
    return groups.containsValue(SocketDirectory.GROUP)
        && isProgram(TMPFILES)
        && SOCKET_UNITS.stream().allMatch(this::hasUnit);
  }

  /** Whether there is a system bus for dynamic users, and what filters it. */
  private boolean filtersBus() {
    return isProgram(BusProxy.PROGRAM)
        && hasUnit(BusProxy.Kind.TALKS.template())
        && isProgram(BROKER)
        && isBroker();
  }

  /** Whether there is what sets settings of the kernel for an app. */
  private boolean setsKernel() {
    return isProgram(SYSCTL) && hasUnit(TUNING_UNIT);
  }

  /** Whether the bus can be configured to let the filters of some apps own names. */
  private boolean ownsNames() {
    return filtersBus()
        && hasUnit(BusProxy.Kind.OWNS.template())
        && groups.containsValue(BusProxy.OWNERS)
        && onDisk(BusPolicy.FOLDER).filter(Files::isDirectory).isPresent();
  }

  /** Whether the broker is what systemd starts as the system bus (systemd.unit(5), aliases). */
  private boolean isBroker() {
    for (String folder : UNIT_FOLDERS) {
      Path unit = root.resolve(folder.substring(1) + "dbus.service");
      if (Files.exists(unit, LinkOption.NOFOLLOW_LINKS)) {
        try {
          return Files.readSymbolicLink(unit).endsWith("dbus-broker.service");
        } catch (IOException e) {
          return false;
        }
      }
    }
    return false;
  }

  private boolean hasUnit(String unit) {
    return UNIT_FOLDERS.stream()
        .anyMatch(it -> onDisk(it + unit).filter(Files::isRegularFile).isPresent());
  }

  private boolean isProgram(String path) {
    return onDisk(path).filter(Files::isExecutable).isPresent();
  }

  /** Servers that programs of the device ask for names; a lease may bring others at any time. */
  public static SortedSet<String> nameServers(Path root) {
    var resolvers = new TreeSet<>(NameServerList.asked(root));
    // Apps in images bring a resolv.conf of their own, which can name no other server beforehand.
    if (Files.exists(root.resolve("run/systemd/resolve/stub-resolv.conf"))) {
      resolvers.add(DeviceFacts.STUB);
    }
    return resolvers;
  }

  private Optional<Path> onDisk(String path) {
    try {
      return Optional.of(DevicePaths.onDisk(root, path));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Iterable<String> lines(String file) {
    try {
      byte[] text = new DurableFiles().read(DevicePaths.onDisk(root, file), FILE_LIMIT);
      return new String(text, StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      return Set.of();
    }
  }
}
