package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.CallFilter;
import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.attest.KernelFacts.Limit;
import dev.sandbar.core.attest.KernelFacts.Mount;
import dev.sandbar.core.attest.KernelFacts.ProcessFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what the kernel shows of one running app. Its main process stands still while its filters
 * are read ({@link FilterReader}).
 */
public final class KernelFactsReader {

  private static final int MOUNTS_LIMIT = 1 << 20;
  private static final int LINE_LIMIT = 4096;
  private static final int LIMITS_LIMIT = 16 << 10;
  private static final String LOOP = "7:";

  private static final List<String> CAPABILITIES =
      List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb");
  private static final Set<String> STATUS =
      Set.of(
          "Name",
          "State",
          "NSpid",
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

  private static final List<String> CGROUP_FILES =
      List.of(
          "memory.min",
          "memory.low",
          "memory.high",
          "memory.max",
          "memory.swap.max",
          "memory.zswap.max",
          "pids.max",
          "cpu.max",
          "cpu.weight");

  /** Name, soft and hard limit; the unit that may follow is of no use. */
  private static final Pattern LIMIT =
      Pattern.compile("(Max [a-z ]*?) {2,}(unlimited|[0-9]+) +(unlimited|[0-9]+)( .*)?");

  private final Path root;
  private final Cgroups cgroups;
  private final ProcessReader reader;

  private KernelFactsReader(Path root, Cgroups cgroups, ProcessReader reader) {
    this.root = root;
    this.cgroups = cgroups;
    this.reader = reader;
  }

  /**
   * A reader for one boot of a device.
   *
   * @param root of its file system
   * @return empty if the device has no cgroup v2
   */
  public static Optional<KernelFactsReader> of(Path root) {
    return Cgroups.of(root)
        .map(cgroups -> new KernelFactsReader(root, cgroups, ProcessReader.of(root, cgroups)));
  }

  /** One process, and where its directory is. */
  private record Found(Path directory, ProcessFacts facts) {}

  /**
   * Reads once.
   *
   * @param controlGroup as systemd's ControlGroup property says it; empty for a unit without one
   * @param mainPid of the unit, as the device counts it
   * @param paths to find in the app's file system
   * @param calls names of system calls to number
   */
  public KernelFacts read(
      String controlGroup, int mainPid, SortedSet<String> paths, Collection<String> calls) {
    var found = new ArrayList<Found>();
    if (!controlGroup.isEmpty()) {
      for (Path process : reader.directories(controlGroup)) {
        facts(process).ifPresent(facts -> found.add(new Found(process, facts)));
      }
    }
    found.sort(
        Comparator.<Found, Boolean>comparing(it -> it.facts().pid() != mainPid)
            .thenComparing(it -> it.facts().pid()));
    Optional<Path> main = found.stream().map(Found::directory).findFirst();
    Optional<List<CallFilter>> filters = main.flatMap(KernelFactsReader::filters);
    List<Mount> mounts = main.map(KernelFactsReader::mounts).orElse(List.of());
    return new KernelFacts(
        controlGroup,
        found.stream().map(Found::facts).toList(),
        mounts,
        main.map(process -> places(process, paths)).orElse(new TreeMap<>()),
        images(mounts),
        new TreeMap<>(ProcessReader.links(root.resolve("proc/1"))),
        limits(controlGroup),
        filters.isPresent(),
        filters.orElse(List.of()),
        CallNumbers.of(calls));
  }

  /** Empty if the process has ended. */
  private Optional<ProcessFacts> facts(Path process) {
    try {
      Map<String, String> status = ProcFile.status(process, STATUS);
      String state = status.getOrDefault("State", "Z");
      if (state.startsWith("Z") || state.startsWith("X")) {
        return Optional.empty();
      }
      var capabilities = new TreeMap<String, Long>();
      for (String field : CAPABILITIES) {
        String mask = status.getOrDefault(field, "ffffffffffffffff");
        capabilities.put(field, Long.parseUnsignedLong(mask, 16));
      }
      SortedSet<Integer> groups = ids(status, "Gid");
      groups.addAll(ids(status, "Groups"));
      return Optional.of(
          new ProcessFacts(
              reader.number(status),
              status.getOrDefault("Name", ""),
              ids(status, "Uid"),
              groups,
              status.getOrDefault("Umask", ""),
              status.getOrDefault("NoNewPrivs", "0").equals("1"),
              Integer.parseInt(status.getOrDefault("Seccomp", "0")),
              Integer.parseInt(status.getOrDefault("Seccomp_filters", "-1")),
              capabilities,
              processLimits(process),
              new TreeMap<>(ProcessReader.links(process)),
              Integer.parseInt(ProcFile.read(process.resolve("oom_score_adj"), LINE_LIMIT).strip()),
              ProcessReader.generation(process)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static SortedSet<Integer> ids(Map<String, String> status, String field) {
    var ids = new TreeSet<Integer>();
    for (String id : ProcessReader.words(status.getOrDefault(field, ""))) {
      ids.add(Integer.parseUnsignedInt(id));
    }
    return ids;
  }

  private static SortedMap<String, Limit> processLimits(Path process) throws IOException {
    var limits = new TreeMap<String, Limit>();
    for (String line : ProcFile.read(process.resolve("limits"), LIMITS_LIMIT).lines().toList()) {
      Matcher limit = LIMIT.matcher(line.stripTrailing());
      if (limit.matches()) {
        limits.put(limit.group(1), new Limit(figure(limit.group(2)), figure(limit.group(3))));
      }
    }
    return limits;
  }

  private static long figure(String text) {
    return text.equals("unlimited") ? -1 : Long.parseUnsignedLong(text);
  }

  private static List<Mount> mounts(Path process) {
    try {
      return Mount.parse(ProcFile.read(process.resolve("mountinfo"), MOUNTS_LIMIT));
    } catch (IOException | IllegalArgumentException e) {
      // What cannot be read shows nothing.
      return List.of();
    }
  }

  private static SortedMap<String, String> places(Path process, SortedSet<String> paths) {
    var places = new TreeMap<String, String>();
    for (String path : paths) {
      InaccessibleNodes.resolved(process.resolve("root"), path)
          .ifPresent(real -> places.put(path, real));
    }
    return places;
  }

  private static SortedMap<String, String> images(List<Mount> mounts) {
    var images = new TreeMap<String, String>();
    for (Mount mount : mounts) {
      if (mount.device().startsWith(LOOP)) {
        Path file = Path.of("/sys/dev/block", mount.device(), "loop", "backing_file");
        try {
          images.put(mount.device(), ProcFile.read(file, LINE_LIMIT).stripTrailing());
        } catch (IOException e) {
          // Detached meanwhile, or partitioned.
        }
      }
    }
    return images;
  }

  private SortedMap<String, String> limits(String controlGroup) {
    if (controlGroup.isEmpty()) {
      return Collections.emptySortedMap();
    }
    var limits = new TreeMap<String, String>();
    for (String file : CGROUP_FILES) {
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
