package dev.sandbar.core.learn;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.PathText;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/**
 * Walls that no permission stands for, and that a service which was watched from its start on never
 * ran into: by the system calls that it did not make, and the places where it did not write.
 */
final class LearnedWalls {

  private static final Set<String> HOSTNAME = Set.of("sethostname", "setdomainname");
  private static final Set<String> MODULES = Set.of("init_module", "finit_module", "delete_module");
  private static final Set<String> CLOCK =
      Set.of("adjtimex", "clock_adjtime", "clock_settime", "settimeofday", "stime");
  private static final Set<String> NAMESPACES = Set.of("setns", "unshare");

  private static final List<String> HOMES = List.of("/home", "/root", "/run/user");
  private static final List<String> TEMPORARY = List.of("/tmp", "/var/tmp");
  private static final List<String> PROGRAMS = List.of("/usr", "/boot", "/efi", "/etc");

  private final SequencedMap<String, Node> walls = new LinkedHashMap<>();
  private final TreeSet<String> called = new TreeSet<>();
  private final TreeSet<String> written = new TreeSet<>();
  private final TreeSet<String> devices = new TreeSet<>();
  private final boolean namespaces;

  private LearnedWalls(Collection<Use> uses) {
    boolean made = false;
    for (Use use : uses) {
      switch (use) {
        case Use.Called(var name) -> called.add(name);
        case Use.Wrote(var path) -> written.add(path);
        case Use.Offered(var at) -> written.add(at.path());
        // A socket of others in a directory that would be another one.
        case Use.Reached(SocketAddress.Unix at) -> written.add(at.path());
        case Use.Device(var path, _) -> devices.add(path);
        case Use.Has(var trait) -> made |= trait == Use.Trait.OWN_NAMESPACE;
        case Use.Reached(SocketAddress.Internet _),
            Use.Flow _,
            Use.Family _,
            Use.Bound _,
            Use.Chosen _,
            Use.Given _,
            Use.Met _,
            Use.ReadSettings _,
            Use.ReadProc _ -> {}
      }
    }
    this.namespaces = made;
  }

  /** The walls, as {@code directives} of a spec in open mode. */
  static SequencedMap<String, Node> of(Collection<Use> uses) {
    return new LearnedWalls(uses).all();
  }

  private SequencedMap<String, Node> all() {
    toggle("ProtectHostname", Collections.disjoint(called, HOSTNAME));
    toggle("ProtectKernelModules", Collections.disjoint(called, MODULES));
    toggle("ProtectKernelLogs", !called.contains("syslog") && !devices.contains("/dev/kmsg"));
    toggle(
        "ProtectClock",
        Collections.disjoint(called, CLOCK)
            && devices.stream().noneMatch(path -> path.startsWith("/dev/rtc")));
    toggle("ProtectKernelTunables", isUnwritten(List.of("/proc/sys", "/sys")));
    toggle("ProtectControlGroups", isUnwritten(List.of("/sys/fs/cgroup")));
    toggle("LockPersonality", !called.contains("personality"));
    toggle("RestrictNamespaces", !namespaces && Collections.disjoint(called, NAMESPACES));
    toggle("PrivateTmp", isUnwritten(TEMPORARY));
    if (isUnwritten(HOMES)) {
      walls.put("ProtectHome", Node.text("read-only"));
    }
    if (isUnwritten(PROGRAMS)) {
      walls.put("ProtectSystem", Node.text("full"));
    }
    return walls;
  }

  private void toggle(String directive, boolean stands) {
    if (stands) {
      walls.put(directive, Node.flag(true));
    }
  }

  private boolean isUnwritten(List<String> folders) {
    return written.stream()
        .noneMatch(path -> folders.stream().anyMatch(folder -> PathText.within(path, folder)));
  }
}
