package dev.sandbar.core.attest;

import dev.sandbar.core.attest.Finding.Holds;
import dev.sandbar.core.attest.Finding.Lacks;
import dev.sandbar.core.attest.Finding.Silent;
import dev.sandbar.core.attest.KernelFacts.Backing;
import dev.sandbar.core.attest.KernelFacts.Mount;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What the mount table of an app shows of the directives that shape its file system
 * (proc_pid_mountinfo(5); what each mounts: systemd.exec(5)).
 */
final class MountChecks {

  /** What systemd mounts over what is hidden: one of its empty nodes, in a file system of /run. */
  static final String INACCESSIBLE = "/systemd/inaccessible/";

  static final List<String> HOMES = List.of("/home", "/root", "/run/user");
  private static final List<String> SYSTEM = List.of("/", "/usr", "/etc", "/var", "/boot");

  private static final List<String> TUNABLES =
      List.of("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/sys");
  private static final List<String> KERNEL =
      List.of(
          "/sys/fs/cgroup", "/usr/lib/modules", "/proc/kmsg", "/proc", "/dev", "/tmp", "/var/tmp");
  private static final List<String> FIXED =
      Stream.of(HOMES, SYSTEM, TUNABLES, KERNEL).flatMap(List::stream).toList();

  private static final String PRIVATE = "private/";

  /** Where the manager makes directories of a unit's own. */
  static final String STATE = "/var/lib/";

  static final String CACHE = "/var/cache/";
  static final String LOGS = "/var/log/";
  static final String RUNTIME = "/run/";

  private final KernelFacts kernel;

  MountChecks(KernelFacts kernel) {
    this.kernel = kernel;
  }

  /** Every path that an app's mounts are asked about. */
  static SortedSet<String> asked(Collection<Value> values) {
    var asked = new TreeSet<>(FIXED);
    for (Value value : values) {
      names(value).forEach(name -> parts(name, asked));
      keys(value).forEach(name -> parts(name, asked));
    }
    return asked;
  }

  private static void parts(String name, SortedSet<String> out) {
    for (String part : plain(name).split(":", -1)) {
      if (part.startsWith("/")) {
        out.add(part);
      }
    }
  }

  /** Of a directive, with the value that it comes to. */
  Finding of(String directive, Value value) {
    if (kernel.mounts().isEmpty()) {
      return new Silent("mounts that cannot be read here");
    }
    return switch (directive) {
      case "RootImage", "RootVerity" -> image(value.show());
      case "RootHash" -> rootHash(value.show());
      case "RootImagePolicy" -> verity();
      case "ProtectSystem" -> system(value.show());
      case "ProtectHome" -> home(value.show());
      case "PrivateTmp" ->
          each(List.of("/tmp", "/var/tmp"), path -> isAbsentOr(path, this::isOwnTmp), "its own");
      case "PrivateMounts" -> new Holds("");
      case "InaccessiblePaths" -> each(paths(value), this::isHidden, "hidden");
      case "ReadOnlyPaths" -> each(paths(value), this::isReadOnly, "read-only");
      case "ReadWritePaths" -> each(paths(value), path -> !isReadOnly(path), "writable");
      case "NoExecPaths" -> each(paths(value), path -> has(path, "noexec"), "noexec");
      case "ExecPaths" -> each(paths(value), path -> !has(path, "noexec"), "executable");
      case "TemporaryFileSystem" -> each(keys(value), this::isTmpfs, "tmpfs");
      case "BindPaths" -> each(thereOf(value), this::isMountPoint, "bound");
      case "BindReadOnlyPaths" ->
          each(
              thereOf(value),
              path -> (isMountPoint(path) || isOverItself(path, value)) && isReadOnly(path),
              "bound, read-only");
      case "StateDirectory" -> directories(STATE, value);
      case "CacheDirectory" -> directories(CACHE, value);
      case "LogsDirectory" -> directories(LOGS, value);
      case "RuntimeDirectory" -> directories(RUNTIME, value);
      case "ProtectProc" -> proc("hidepid=", value.show());
      case "ProcSubset" -> proc("subset=", value.show());
      case "PrivateDevices" -> each(List.of("/dev"), this::isTmpfs, "its own");
      case "ProtectControlGroups" -> readOnlyOrAbsent(List.of("/sys/fs/cgroup"));
      case "ProtectKernelTunables" -> readOnlyOrAbsent(TUNABLES);
      case "ProtectKernelModules" ->
          each(List.of("/usr/lib/modules"), this::isHiddenOrAbsent, "hidden");
      case "ProtectKernelLogs" -> each(List.of("/proc/kmsg"), this::isHiddenOrAbsent, "hidden");
      case "MemoryPressureWatch" -> noPressure("memory.pressure");
      case "CPUPressureWatch" -> noPressure("cpu.pressure");
      case "IOPressureWatch" -> noPressure("io.pressure");
      case "MountAPIVFS" -> each(List.of("/proc", "/sys", "/dev"), this::isMountPoint, "mounted");
      case "BindLogSockets" -> notMounted("/run/systemd/journal");
      default -> new Silent("");
    };
  }

  /**
   * What is bound over itself is there without the mount, which is gone when a package replaces it:
   * that it cannot be written is all that counts.
   */
  private static boolean isOverItself(String path, Value value) {
    return names(value).stream()
        .map(MountChecks::plain)
        .anyMatch(bind -> bind.equals(path) || bind.startsWith(path + ":" + path));
  }

  private Finding each(Collection<String> paths, Predicate<String> holds, String word) {
    var failing = new ArrayList<String>();
    for (String path : paths) {
      if (!holds.test(path)) {
        failing.add(path);
      }
    }
    return failing.isEmpty()
        ? new Holds(
            paths.isEmpty() ? "" : Finding.few(List.copyOf(new TreeSet<>(paths))) + " " + word)
        : new Lacks(Finding.few(failing) + " not " + word);
  }

  private Finding notMounted(String path) {
    return isMountPoint(path) ? new Lacks(path + " mounted") : new Holds(path + " not mounted");
  }

  /** The file of the app's control group, which is the root of what it sees, or is not. */
  private Finding noPressure(String file) {
    return kernel.mounts().stream()
        .map(Mount::point)
        .filter(point -> point.startsWith("/sys/fs/cgroup/") && point.endsWith("/" + file))
        .findFirst()
        .<Finding>map(point -> new Lacks(point + " mounted"))
        .orElse(new Holds(file + " not mounted"));
  }

  private Finding image(String declared) {
    Optional<Backing> root = root();
    return Finding.of(
        root.filter(it -> it.files().contains(declared)).isPresent(),
        root.map(it -> Finding.few(List.copyOf(it.files())) + " at /")
            .orElse("no image is mounted at /"));
  }

  /**
   * Image and tree in the store say what the app was started from only as long as nobody exchanged
   * them meanwhile; the device has kept its name.
   */
  private Finding rootHash(String declared) {
    Optional<Backing> device = root().filter(Backing::verity);
    if (device.isPresent() && device.get().rootHash().isEmpty()) {
      return new Silent("the root hash of the device at /, which its name does not show");
    }
    return Finding.of(
        device.filter(it -> it.rootHash().equals(declared)).isPresent(),
        device
            .map(it -> "dm-verity at / with the root hash " + it.rootHash())
            .orElse("no device of dm-verity at /"));
  }

  private Finding verity() {
    return Finding.of(
        root().filter(Backing::verity).isPresent(),
        root().filter(Backing::verity).isPresent()
            ? "dm-verity at /"
            : "no device of dm-verity at /");
  }

  private Optional<Backing> root() {
    return kernel.mountAt("/").flatMap(it -> Optional.ofNullable(kernel.images().get(it.device())));
  }

  /** Where nothing was granted, nothing may be written; grants have mounts of their own. */
  private Finding system(String word) {
    return switch (word) {
      case "strict" -> readOnlyOrAbsent(SYSTEM);
      case "full" -> readOnlyOrAbsent(List.of("/usr", "/boot", "/etc"));
      case "yes" -> readOnlyOrAbsent(List.of("/usr", "/boot"));
      default -> new Silent("");
    };
  }

  private Finding readOnlyOrAbsent(List<String> paths) {
    return each(paths, path -> isAbsentOr(path, this::isReadOnly), "read-only");
  }

  private Finding home(String word) {
    return switch (word) {
      case "yes" -> each(HOMES, this::isHiddenOrAbsent, "hidden");
      case "read-only" -> readOnlyOrAbsent(HOMES);
      case "tmpfs" -> each(HOMES, path -> isAbsentOr(path, this::isTmpfs), "tmpfs");
      default -> new Silent("");
    };
  }

  private Finding directories(String below, Value value) {
    // With a user of the manager's choice they are in private/, and a link leads there.
    var names = new TreeSet<String>();
    for (String name : names(value)) {
      names.add(name.split(":", 2)[0]);
    }
    return each(
        names,
        name -> isMountPoint(below + name) || isMountPoint(below + PRIVATE + name),
        "mounted");
  }

  /** Where directories may be that the manager makes below a place. */
  static SortedSet<String> directoryPaths(String below, Value value) {
    var paths = new TreeSet<String>();
    for (String name : names(value)) {
      String plain = name.split(":", 2)[0];
      paths.add(below + plain);
      paths.add(below + PRIVATE + plain);
    }
    return paths;
  }

  /** Where a value says that something is mounted or may be written. */
  static SortedSet<String> targets(Value value) {
    var targets = new TreeSet<String>();
    for (String name : names(value)) {
      targets.add(target(plain(name)));
    }
    targets.addAll(keys(value));
    return targets;
  }

  private static String target(String bind) {
    return bind.substring(bind.indexOf(':') + 1).split(":", 2)[0];
  }

  private Finding proc(String option, String word) {
    Optional<Mount> proc = kernel.mountAt("/proc");
    List<String> shown =
        proc.map(mount -> mount.options().stream().filter(it -> it.startsWith(option)).toList())
            .orElse(List.of());
    boolean plain = word.equals("default") || word.equals("all");
    return Finding.of(
        plain ? shown.isEmpty() : shown.equals(List.of(option + word)),
        "/proc " + (shown.isEmpty() ? "as the device has it" : String.join(",", shown)));
  }

  private boolean isReadOnly(String path) {
    return has(path, "ro") || isHidden(path);
  }

  private boolean has(String path, String option) {
    return kernel.mountOf(real(path)).filter(mount -> mount.has(option)).isPresent();
  }

  private boolean isMountPoint(String path) {
    return kernel.mountAt(real(path)).isPresent();
  }

  /** One of its own: the device may have a tmpfs there as well. */
  private boolean isTmpfs(String path) {
    return kernel
        .mountAt(real(path))
        .filter(mount -> mount.type().equals("tmpfs") && !isOfTheDevice(mount))
        .isPresent();
  }

  private boolean isOwnTmp(String path) {
    return isTmpfs(path)
        || kernel
            .mountAt(real(path))
            .filter(mount -> mount.root().contains("/systemd-private-"))
            .isPresent();
  }

  private boolean isOfTheDevice(Mount mount) {
    return KernelFacts.mountOf(kernel.deviceMounts(), mount.point())
        .filter(it -> it.device().equals(mount.device()))
        .isPresent();
  }

  /** Itself, or what it lies in. */
  private boolean isHidden(String path) {
    return kernel
        .mountOf(real(path))
        .filter(mount -> mount.root().contains(INACCESSIBLE))
        .isPresent();
  }

  private boolean isHiddenOrAbsent(String path) {
    return isHidden(path) || !isThere(path);
  }

  private boolean isAbsentOr(String path, Predicate<String> holds) {
    return holds.test(path) || !isThere(path);
  }

  /** Where links lead to. */
  private String real(String path) {
    return kernel.places().getOrDefault(path, path);
  }

  private boolean isThere(String path) {
    return kernel.places().containsKey(path);
  }

  private static SortedSet<String> names(Value value) {
    return value instanceof Value.Names(SortedSet<String> names) ? names : new TreeSet<>();
  }

  /** Paths that are there; of those that need not be, a dash says so. */
  private List<String> paths(Value value) {
    return names(value).stream().map(MountChecks::plain).filter(path -> isThere(path)).toList();
  }

  private static List<String> keys(Value value) {
    return value instanceof Value.Keyed keyed ? List.copyOf(keyed.entries().keySet()) : List.of();
  }

  private List<String> thereOf(Value value) {
    return names(value).stream()
        .map(MountChecks::plain)
        .map(MountChecks::target)
        .filter(this::isThere)
        .toList();
  }

  private static String plain(String path) {
    int begin = 0;
    while (begin < path.length() && "-+".indexOf(path.charAt(begin)) >= 0) {
      begin++;
    }
    return path.substring(begin);
  }
}
