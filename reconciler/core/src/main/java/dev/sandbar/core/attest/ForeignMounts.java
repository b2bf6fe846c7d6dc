package dev.sandbar.core.attest;

import dev.sandbar.core.attest.KernelFacts.Mount;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Mounts of an app that neither its unit nor the device explains: somebody with root can mount into
 * a running namespace (nsenter(1), {@code systemctl bind}), and systemd keeps no record of it.
 *
 * <p>A mount is explained if it shows what the device itself has at that place, or what the app
 * already had there, or if systemd makes it for a directive (namespace.c in systemd's core/).
 */
final class ForeignMounts {

  private static final String INCOMING = "/run/systemd/incoming";

  /** Where an app with an image finds os-release of the device (systemd.exec(5), RootImage=). */
  private static final String OS_RELEASE = "/run/host";

  private static final String PROPAGATE = "/systemd/propagate/";
  private static final String DISCONNECTED_TMP = "/systemd-private-";

  /** File systems that systemd mounts at and below these places. */
  private static final Map<String, Set<String>> OWN =
      Map.of(
          "/proc", Set.of("proc"),
          "/sys", Set.of("sysfs", "cgroup2", "cgroup", "tmpfs"),
          "/dev", Set.of("tmpfs", "devpts", "mqueue", "devtmpfs", "hugetlbfs"),
          "/tmp", Set.of("tmpfs"),
          "/var/tmp", Set.of("tmpfs"),
          "/run/credentials", Set.of("tmpfs", "ramfs"));

  /**
   * Where the manager puts an empty file system: above the directories of users that it chose, and
   * over what an image has in its /run (systemd.exec(5), MountAPIVFS=).
   */
  private static final Set<String> EMPTY =
      Set.of("/var/lib/private", "/var/cache/private", "/var/log/private", "/run/private", "/run");

  private final KernelFacts kernel;
  private final SortedSet<String> declared = new TreeSet<>();
  private final SortedSet<String> writable = new TreeSet<>();
  private final boolean strict;

  ForeignMounts(KernelFacts kernel, SortedMap<String, Value> values) {
    this.kernel = kernel;
    this.strict =
        values.get("ProtectSystem") instanceof Value.Text(String word) && word.equals("strict");
    values.forEach(this::declare);
  }

  private void declare(String directive, Value value) {
    switch (directive) {
      case "BindPaths" -> places(value, declared, writable);
      case "BindReadOnlyPaths" -> places(value, declared, declared);
      case "TemporaryFileSystem" -> places(value, declared, writable);
      case "ReadWritePaths" -> places(value, writable, writable);
      case "StateDirectory" -> directories(MountChecks.STATE, value);
      case "CacheDirectory" -> directories(MountChecks.CACHE, value);
      case "LogsDirectory" -> directories(MountChecks.LOGS, value);
      case "RuntimeDirectory" -> directories(MountChecks.RUNTIME, value);
      case "ProtectHome" -> declared.addAll(MountChecks.HOMES);
      default -> {}
    }
  }

  /** With an image they are mounted at both of their places. */
  private void directories(String below, Value value) {
    declared.addAll(MountChecks.directoryPaths(below, value));
    writable.addAll(MountChecks.directoryPaths(below, value));
  }

  private void places(Value value, SortedSet<String> one, SortedSet<String> other) {
    for (String target : MountChecks.targets(value)) {
      String real = kernel.places().getOrDefault(target, target);
      one.add(target);
      one.add(real);
      other.add(target);
      other.add(real);
    }
  }

  /** Each for people; empty if all are explained, or if there is nothing to go by. */
  List<String> find() {
    var found = new ArrayList<String>();
    if (kernel.deviceMounts().isEmpty()) {
      return found;
    }
    for (Mount mount : kernel.mounts()) {
      if (!isMadeBySystemd(mount)) {
        if (!isOfTheDevice(mount) && !isOfTheApp(mount)) {
          found.add(mount.point() + " (" + source(mount) + ")");
        } else if (strict && isOpened(mount)) {
          found.add(mount.point() + " (writable)");
        }
      }
    }
    return found;
  }

  private boolean isMadeBySystemd(Mount mount) {
    String point = mount.point();
    return point.equals("/")
        || mount.root().contains(MountChecks.INACCESSIBLE)
        || mount.root().contains(DISCONNECTED_TMP)
        || (mount.root().startsWith(PROPAGATE)
            && (point.equals(INCOMING) || isIn(point, OS_RELEASE)))
        || OWN.entrySet().stream()
            .anyMatch(it -> isIn(point, it.getKey()) && it.getValue().contains(mount.type()))
        || (EMPTY.contains(point) && mount.type().equals("tmpfs"))
        || declared.contains(point);
  }

  /** What the device itself shows at that place. */
  private boolean isOfTheDevice(Mount mount) {
    return KernelFacts.mountOf(kernel.deviceMounts(), mount.point())
        .filter(under -> shows(under, mount))
        .isPresent();
  }

  /** A place of the app's own file system, mounted over itself. */
  private boolean isOfTheApp(Mount mount) {
    return kernel.mounts().stream()
        .anyMatch(
            under -> under != mount && isIn(mount.point(), under.point()) && shows(under, mount));
  }

  private static boolean shows(Mount under, Mount mount) {
    return under.device().equals(mount.device())
        && joined(under.root(), below(mount.point(), under.point())).equals(mount.root());
  }

  /** Not where anything may be written, and not because the device has a mount there. */
  private boolean isOpened(Mount mount) {
    return mount.has("rw")
        && writable.stream().noneMatch(place -> isIn(mount.point(), place))
        && kernel.deviceMounts().stream().noneMatch(it -> it.point().equals(mount.point()))
        && isVisible(mount);
  }

  private boolean isVisible(Mount mount) {
    return kernel.mountOf(mount.point()).filter(it -> it == mount).isPresent();
  }

  private String source(Mount mount) {
    Optional<Mount> origin =
        kernel.deviceMounts().stream()
            .filter(it -> it.device().equals(mount.device()) && isIn(mount.root(), it.root()))
            .findFirst();
    return origin
        .map(it -> joined(it.point(), below(mount.root(), it.root())))
        .orElseGet(() -> mount.type() + " " + mount.device());
  }

  private static boolean isIn(String path, String place) {
    return place.equals("/") || path.equals(place) || path.startsWith(place + "/");
  }

  /** The rest of a path, beginning with a slash; empty if there is none. */
  private static String below(String path, String place) {
    return place.equals("/") ? (path.equals("/") ? "" : path) : path.substring(place.length());
  }

  private static String joined(String place, String rest) {
    return place.equals("/") && !rest.isEmpty() ? rest : place + rest;
  }
}
