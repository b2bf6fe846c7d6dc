package dev.sandbar.device.systemd;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.model.Node;
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
  private static final int PROBE = 3;

  private static final String LOCK = "facts.lock";

  /** Many times what a probe takes on a slow device. */
  private static final Duration LONGEST_PROBE = Duration.ofMinutes(5);

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
    this(root, systemd, analyze, LONGEST_PROBE);
  }

  FactsProbe(Path root, Systemd systemd, SystemdAnalyze analyze, Duration patience) {
    this.root = root;
    this.systemd = systemd;
    this.analyze = analyze;
    this.patience = patience;
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
    Found found = find();
    DeviceFacts facts = found.facts();
    if (!found.late().isEmpty()) {
      // They hold for this agent; the next one, which may find the device less busy, asks anew.
      LOG.warn("facts=found action=save outcome=skipped late={}", found.late());
      return facts;
    }
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
   * Finds the facts anew, in about a second; in more where the device is busy.
   *
   * @throws SystemdException if systemd does not answer, or not even an unrestricted service runs
   */
  public DeviceFacts probe() {
    return find().facts();
  }

  /**
   * What was found.
   *
   * @param late the checks that this device did not get to, for which the facts have no feature
   */
  private record Found(DeviceFacts facts, List<String> late) {}

  private Found find() {
    long begun = System.nanoTime();
    Map<String, FactChecks.Check> checks = FactChecks.all();
    var settings = new LinkedHashMap<String, String>();
    checks.forEach((name, check) -> settings.put(name, check.settings()));
    var features = new TreeSet<Feature>();
    SortedSet<String> known;
    List<String> late;
    try (var canaries = new Canaries(root, systemd)) {
      Map<String, JobOutcome> outcomes = canaries.start(settings);
      requirePlain(outcomes);
      late = canaries.late();
      Optional<Cgroups> cgroups = Cgroups.of(root);
      Optional<ProcessReader> reader = cgroups.map(it -> ProcessReader.of(root, it));
      Optional<CgroupPrograms> programs = CgroupPrograms.open();
      checks.forEach(
          (name, check) -> {
            FactChecks.Sighting sighting = look(name, cgroups, reader, programs);
            check
                .signs()
                .forEach(
                    (feature, sign) -> {
                      if (sign.test(sighting)) {
                        features.add(feature);
                      }
                    });
          });
      if (FactChecks.mounted(look(FactChecks.CHANGED, cgroups, reader, programs))) {
        features.remove(Feature.IMAGE_VERITY);
      }
      known = filter(systemd.properties(Canaries.unit(FactChecks.KNOWN)).get("SystemCallFilter"));
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
    return new Found(facts, late);
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

  private FactChecks.Sighting look(
      String name,
      Optional<Cgroups> cgroups,
      Optional<ProcessReader> reader,
      Optional<CgroupPrograms> programs) {
    Map<String, Raw> properties = systemd.properties(Canaries.unit(name));
    String controlGroup =
        properties.get("ControlGroup") instanceof Raw.Str(String text) ? text : "";
    if (controlGroup.isEmpty() || cgroups.isEmpty()) {
      return new FactChecks.Sighting(properties, List.of(), new TreeSet<>(), "", List.of(), "");
    }
    return new FactChecks.Sighting(
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
