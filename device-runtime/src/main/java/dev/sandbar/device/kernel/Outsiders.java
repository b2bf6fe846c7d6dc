package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.KernelFacts.Joined;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Processes that live in the namespaces of an app and not in its cgroup: somebody with root entered
 * them (nsenter(1), setns(2)), or took a process of the app out of its limits.
 *
 * <p>For one thread at a time.
 */
final class Outsiders {

  private static final List<String> KINDS = List.of("mnt", "net", "user");

  /** Where systemd's own helpers run, which it sends into namespaces of units to mount there. */
  private static final String MANAGER = "/init.scope";

  private static final int CGROUP_LIMIT = 16 << 10;

  private final Path proc;
  private final String top;
  private final RawFiles files = new RawFiles();
  private final ProcessReader reader;
  private final SortedMap<String, String> device;

  /** Processes in each namespace that is not the device's, as last looked at. */
  private Map<String, List<Path>> members = Map.of();

  /**
   * Of a device.
   *
   * @param proc a mounted proc(5)
   */
  Outsiders(Path proc, ProcessReader reader, SortedMap<String, String> device) {
    this.proc = proc;
    this.top = proc + "/";
    this.reader = reader;
    this.device = device;
  }

  /** Looks at all processes. */
  void scan() {
    scan(Set.of());
  }

  /**
   * Looks at all processes: which of them live in a namespace that is not the device's. Once for
   * all apps: each of these has a process of its own there.
   *
   * @param passedOver numbers of processes of which that is known already
   */
  void scan(Set<String> passedOver) {
    String[] names = proc.toFile().list();
    var found = new HashMap<String, List<Path>>();
    for (String name : names == null ? new String[0] : names) {
      if (Character.isDigit(name.charAt(0)) && !passedOver.contains(name)) {
        String links = top + name + "/ns/";
        for (String kind : KINDS) {
          String namespace = files.target(links + kind);
          if (isOther(kind, namespace)) {
            found.computeIfAbsent(namespace, _ -> new ArrayList<>()).add(proc.resolve(name));
          }
        }
      }
    }
    members = found;
  }

  private boolean isOther(String kind, String namespace) {
    return !namespace.isEmpty() && !namespace.equals(device.get(kind));
  }

  private static String namespace(Path process, String kind) {
    try {
      return Files.readSymbolicLink(process.resolve("ns").resolve(kind)).toString();
    } catch (IOException e) {
      // It has ended.
      return "";
    }
  }

  /**
   * Those of one app.
   *
   * @param main namespaces of its main process: entry of {@code /proc/PID/ns} to identity
   * @param seen directories of the processes of its cgroup
   * @param cgroup asks for the processes of the cgroup as they are now
   */
  List<Joined> of(Map<String, String> main, Collection<Path> seen, Iterable<Integer> cgroup) {
    var joined = new ArrayList<Joined>();
    var own = new HashSet<>(seen);
    boolean asked = false;
    for (Path process : sharing(main)) {
      if (own.contains(process)) {
        continue;
      }
      SortedSet<String> shared = shared(process, main);
      if (shared.isEmpty()) {
        continue;
      }
      if (!asked) {
        // The app may have started it since.
        asked = true;
        cgroup.forEach(pid -> own.add(proc.resolve(Integer.toString(pid))));
      }
      if (!own.contains(process) && !isManager(process)) {
        reader.running(process, shared).ifPresent(joined::add);
      }
    }
    return joined;
  }

  /** Whether no process was found in the namespaces of an app. */
  boolean isAlone(Map<String, String> main) {
    return KINDS.stream().noneMatch(kind -> members.containsKey(main.getOrDefault(kind, "")));
  }

  private Collection<Path> sharing(Map<String, String> main) {
    var sharing = new LinkedHashSet<Path>();
    for (String kind : KINDS) {
      sharing.addAll(members.getOrDefault(main.getOrDefault(kind, ""), List.of()));
    }
    return sharing;
  }

  private SortedSet<String> shared(Path process, Map<String, String> main) {
    var shared = new TreeSet<String>();
    for (String kind : KINDS) {
      String namespace = namespace(process, kind);
      if (isOther(kind, namespace) && namespace.equals(main.get(kind))) {
        shared.add(kind);
      }
    }
    return shared;
  }

  private static boolean isManager(Path process) {
    try {
      return ProcFile.read(process.resolve("cgroup"), CGROUP_LIMIT)
          .lines()
          .anyMatch(line -> line.endsWith(MANAGER));
    } catch (IOException e) {
      return true;
    }
  }
}
