package dev.sandbar.device.systemd;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.Syscalls;
import dev.sandbar.device.kernel.CgroupPrograms;
import dev.sandbar.device.kernel.Cgroups;
import dev.sandbar.device.kernel.ProcessReader;
import dev.sandbar.device.kernel.ReadBudget;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what a device can enforce by trying it. Version numbers do not show it: systemd may be
 * built without a feature, the kernel may lack it, or a container may forbid it, and systemd then
 * goes on without a word. Only what was seen on a running process counts.
 */
public final class FactsProbe {

  private static final Logger LOG = LoggerFactory.getLogger(FactsProbe.class);

  private static final String DOCUMENT = "facts";

  /** To be raised when the probe learns to find more; facts found before are then found anew. */
  private static final int PROBE = 1;

  /** systemd's exit status when it could not execute the command: the image was mounted by then. */
  private static final Raw EXIT_EXEC = new Raw.Int(203);

  private static final String KNOWN = "known";

  private static final String LOCK = "facts.lock";

  /** Many times what a probe takes on a slow device. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path root;
  private final Systemd systemd;
  private final SystemdAnalyze analyze;
  private final Duration patience;

  /**
   * A probe of one device.
   *
   * @param root of its file system
   */
  public FactsProbe(Path root, Systemd systemd, SystemdAnalyze analyze) {
    this(root, systemd, analyze, PATIENCE);
  }

  FactsProbe(Path root, Systemd systemd, SystemdAnalyze analyze, Duration patience) {
    this.root = root;
    this.systemd = systemd;
    this.analyze = analyze;
    this.patience = patience;
  }

  /** One setting, and how to see that it holds. */
  private record Trial(String settings, Map<Feature, Predicate<Sighting>> signs) {}

  /** What was seen of a service while it ran. */
  private record Sighting(
      Map<String, Raw> properties,
      List<ProcessEvidence> processes,
      SortedSet<CgroupProgram> programs,
      String mounts,
      List<Cgroups> cgroups,
      String controlGroup) {

    boolean every(Predicate<ProcessEvidence> test) {
      return !processes.isEmpty() && processes.stream().allMatch(test);
    }

    boolean owns(String namespace) {
      return every(process -> process.ownNamespaces().getOrDefault(namespace, false));
    }

    boolean has(String file, String value) {
      return cgroups.stream()
          .flatMap(it -> it.value(controlGroup, file).stream())
          .anyMatch(value::equals);
    }
  }

  /**
   * The facts, from the memory of the agent if they were found since the last boot with the same
   * systemd and kernel.
   *
   * @throws SystemdException if systemd does not answer, or not even an unrestricted service runs,
   *     or another probe of the device does not end
   */
  public DeviceFacts facts(StateStore store) {
    // Two probes at once would stop each other's canaries, and what one of them then misses would
    // be taken for a lack of the device until the next boot.
    try (LockFile _ = turn()) {
      return factsInTurn(store);
    } catch (IOException e) {
      throw unavailable("cannot wait for another probe to end: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable("interrupted while another probe runs");
    }
  }

  private LockFile turn() throws IOException, InterruptedException {
    return LockFile.take(root, LOCK, patience)
        .orElseThrow(
            () ->
                unavailable(
                    "%s/%s has been held for %d s by another probe of this device, which is longer"
                            .formatted(LockFile.DIRECTORY, LOCK, patience.toSeconds())
                        + " than one takes; who holds it is unknown: find it with 'lslocks', end"
                        + " it, and this goes on by itself"));
  }

  private static SystemdException unavailable(String message) {
    return new SystemdException(SystemdException.Kind.UNAVAILABLE, message, null);
  }

  private record Saved(String key, Node facts) {}

  private DeviceFacts factsInTurn(StateStore store) {
    String key = key();
    if (store.load(DOCUMENT) instanceof StateStore.Loaded.Found(Node document)) {
      Saved saved = NodeBinder.readLenient(Saved.class, document);
      if (saved.key().equals(key)) {
        try {
          return FactsNode.read(saved.facts());
        } catch (IllegalArgumentException e) {
          LOG.warn("facts=saved outcome=unusable reason=\"{}\"", e.getMessage());
        }
      }
    }
    DeviceFacts facts = probe();
    try {
      store.save(DOCUMENT, new Saved(key, FactsNode.toNode(facts)));
    } catch (IOException e) {
      LOG.warn("facts=found action=save outcome=failed reason=\"{}\"", e.getMessage());
    }
    return facts;
  }

  private String key() {
    return String.join(
        " ",
        Integer.toString(PROBE),
        kernelFile("random/boot_id"),
        systemd.version(),
        kernelFile("osrelease"));
  }

  /**
   * Finds the facts anew, in about a second.
   *
   * @throws SystemdException if systemd does not answer, or not even an unrestricted service runs
   */
  public DeviceFacts probe() {
    long begun = System.nanoTime();
    Map<String, Trial> trials = trials();
    var settings = new LinkedHashMap<String, String>();
    trials.forEach((name, trial) -> settings.put(name, trial.settings()));
    var features = new TreeSet<Feature>();
    SortedSet<String> known;
    try (var canaries = new Canaries(root, systemd)) {
      Map<String, JobOutcome> outcomes = canaries.start(settings);
      requirePlain(outcomes);
      Optional<Cgroups> cgroups = Cgroups.of(root);
      Optional<ProcessReader> reader = cgroups.map(it -> ProcessReader.of(root, it));
      Optional<CgroupPrograms> programs = CgroupPrograms.open();
      trials.forEach(
          (name, trial) -> {
            Sighting sighting = look(name, cgroups, reader, programs);
            trial
                .signs()
                .forEach(
                    (feature, sign) -> {
                      if (sign.test(sighting)) {
                        features.add(feature);
                      }
                    });
          });
      known = filter(systemd.properties(Canaries.unit(KNOWN)).get("SystemCallFilter"));
    }
    var facts =
        new DeviceFacts(
                systemd.majorVersion(),
                kernelFile("osrelease"),
                architecture(),
                features,
                new Syscalls(analyze.syscallGroups(), known),
                new TreeMap<>(),
                new TreeMap<>())
            .named(hostName());
    LOG.info(
        "facts=found systemd={} kernel={} features={} millis={}",
        facts.systemdVersion(),
        facts.kernel(),
        features,
        (System.nanoTime() - begun) / 1_000_000);
    return facts;
  }

  private static Map<String, Trial> trials() {
    var trials = new LinkedHashMap<String, Trial>();
    trials.put("plain", new Trial("", Map.of()));
    trials.put(KNOWN, new Trial("SystemCallFilter=@known\n", Map.of()));
    add(
        trials,
        "seccomp",
        "SystemCallFilter=~@reboot",
        Feature.SECCOMP,
        it -> it.every(process -> process.seccomp() == 2));
    add(trials, "mount", "ProtectSystem=full", Feature.MOUNT_NAMESPACE, it -> it.owns("mnt"));
    add(trials, "net", "PrivateNetwork=yes", Feature.NETWORK_NAMESPACE, it -> it.owns("net"));
    add(trials, "user", "PrivateUsers=yes", Feature.USER_NAMESPACE, it -> it.owns("user"));
    add(trials, "ipc", "PrivateIPC=yes", Feature.IPC_NAMESPACE, it -> it.owns("ipc"));
    add(trials, "uts", "ProtectHostname=yes", Feature.UTS_NAMESPACE, it -> it.owns("uts"));
    add(
        trials,
        "dynamic",
        "DynamicUser=yes",
        Feature.DYNAMIC_USER,
        it -> it.every(process -> process.uid() != 0));
    add(
        trials,
        "proc",
        "ProcSubset=pid\nProtectProc=invisible",
        Feature.PROC_SUBSET,
        it -> it.mounts().contains("subset=pid") && it.mounts().contains("hidepid=invisible"));
    add(
        trials,
        "image",
        "ExecStart=/none\nRootImage=" + Canaries.IMAGE,
        Feature.ROOT_IMAGE,
        it -> EXIT_EXEC.equals(it.properties().get("ExecMainStatus")));
    trials.put(
        "bpf",
        new Trial(
            "IPAddressDeny=any\nDevicePolicy=closed\nSocketBindDeny=any\n",
            Map.of(
                Feature.CGROUP_BPF_IP,
                it ->
                    it.programs().containsAll(List.of(CgroupProgram.INGRESS, CgroupProgram.EGRESS)),
                Feature.CGROUP_BPF_DEVICE,
                it -> it.programs().contains(CgroupProgram.DEVICE),
                Feature.CGROUP_BPF_SOCKET_BIND,
                it ->
                    it.programs().containsAll(List.of(CgroupProgram.BIND4, CgroupProgram.BIND6)))));
    trials.put(
        "limits",
        new Trial(
            "MemoryMax=67108864\nTasksMax=77\nCPUQuota=50%\nIOWeight=77\n",
            Map.of(
                Feature.MEMORY_CONTROLLER,
                it -> it.has("memory.max", "67108864"),
                Feature.PIDS_CONTROLLER,
                it -> it.has("pids.max", "77"),
                Feature.CPU_CONTROLLER,
                it -> it.has("cpu.max", "50000 100000"),
                Feature.IO_CONTROLLER,
                it -> it.has("io.weight", "default 77") || it.has("io.bfq.weight", "default 77"))));
    return trials;
  }

  private static void add(
      Map<String, Trial> trials,
      String name,
      String settings,
      Feature feature,
      Predicate<Sighting> sign) {
    trials.put(name, new Trial(settings + "\n", Map.of(feature, sign)));
  }

  private static void requirePlain(Map<String, JobOutcome> outcomes) {
    JobOutcome plain = outcomes.get("plain");
    if (plain == null || !plain.done()) {
      throw new SystemdException(
          SystemdException.Kind.REFUSED,
          "not even an unrestricted service runs on this device: "
              + (plain == null ? "not tried" : plain.result())
              + "; see: journalctl -u '"
              + Canaries.unit("plain")
              + "'",
          null);
    }
  }

  private Sighting look(
      String name,
      Optional<Cgroups> cgroups,
      Optional<ProcessReader> reader,
      Optional<CgroupPrograms> programs) {
    Map<String, Raw> properties = systemd.properties(Canaries.unit(name));
    String controlGroup =
        properties.get("ControlGroup") instanceof Raw.Str(String text) ? text : "";
    if (controlGroup.isEmpty() || cgroups.isEmpty()) {
      return new Sighting(properties, List.of(), new TreeSet<>(), "", List.of(), "");
    }
    return new Sighting(
        properties,
        reader.stream()
            .flatMap(it -> it.read(controlGroup, 0, List.of(), new ReadBudget()).stream())
            .map(ProcessReader.Seen::evidence)
            .toList(),
        programs
            .flatMap(it -> it.attached(cgroups.get().directory(controlGroup)))
            .orElse(new TreeSet<>()),
        reader.flatMap(it -> it.mountTable(controlGroup)).orElse(""),
        cgroups.stream().toList(),
        controlGroup);
  }

  /** Names of an allow list as the property holds them: (bas). */
  private static SortedSet<String> filter(@org.jspecify.annotations.Nullable Raw property) {
    var names = new TreeSet<String>();
    if (property instanceof Raw.Tuple(List<Raw> fields)
        && fields.size() == 2
        && fields.get(1) instanceof Raw.Array(List<Raw> items)) {
      for (Raw item : items) {
        if (item instanceof Raw.Str(String name)) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /** As systemd calls a device without a name (hostname(5)). */
  private String hostName() {
    String name = kernelFile("hostname");
    // Whoever is root sets any bytes (sethostname(2)).
    return name.matches("[A-Za-z0-9][A-Za-z0-9.-]{0,63}") ? name : "localhost";
  }

  private String kernelFile(String name) {
    Path file = root.resolve("proc/sys/kernel").resolve(name);
    try {
      return new String(new DurableFiles().read(file, 4096), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  static int major(String version) {
    int end = 0;
    while (end < version.length() && Character.isDigit(version.charAt(end))) {
      end++;
    }
    if (end == 0 || end > 6) {
      throw new SystemdException(
          SystemdException.Kind.REFUSED, "systemd says that its version is " + version, null);
    }
    return Integer.parseInt(version.substring(0, end));
  }

  /** systemd's word for the architecture of this process, which is the device's. */
  private static String architecture() {
    String architecture = System.getProperty("os.arch", "");
    return switch (architecture) {
      case "amd64", "x86_64" -> "x86-64";
      case "aarch64" -> "arm64";
      case "i386", "i586", "i686" -> "x86";
      case "ppc64le" -> "ppc64-le";
      default -> architecture;
    };
  }
}
