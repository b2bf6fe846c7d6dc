package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.report.Attested;
import dev.sandbar.device.kernel.KnownFilters;
import dev.sandbar.device.observe.Observer;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.FactsProbe;
import dev.sandbar.device.systemd.Surroundings;
import dev.sandbar.device.systemd.SystemdAnalyze;
import dev.sandbar.source.text.YamlReader;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.VirtualNetwork;
import dev.sandbar.vdev.image.AppImage;
import dev.sandbar.vdev.image.ProbeReport;
import dev.sandbar.vdev.image.SampleImages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A device on a network with the attack probe's image on its disk, a repository, and an agent that
 * follows it.
 */
final class Workbench implements AutoCloseable {

  /** Where the probe's image is on the device. */
  static final String PROBE_IMAGE = "/srv/images/probe.squashfs";

  /** The probe as a program of the device itself. */
  static final String PROBE = "/usr/local/bin/probe";

  private static final SortedMap<String, String> LABELS = new TreeMap<>(Map.of("role", "gateway"));

  private static final List<UnitName> SLICES = List.of(new UnitName("-.slice"), UnitName.SLICE);
  private static final Duration LIMIT = Duration.ofSeconds(120);

  private final Duration sweep;
  private final AppImage probe;
  private final VirtualNetwork network;
  private final VirtualDevice device;
  private final SortedMap<String, String> volumes;
  private final Path folder;
  private final GitRepository repository;
  private final TreeMap<String, String> declared = new TreeMap<>();

  /** Kept, as an agent does: it hashes an image again only when its file has changed. */
  private final ImageStore store;

  private DeviceLoop loop;

  private Workbench(Suite suite, Map<String, String> volumes, String preparation, Duration sweep)
      throws IOException {
    this.sweep = sweep;
    this.volumes = new TreeMap<>(volumes);
    this.probe = images().probe();
    this.folder = Files.createTempDirectory("sandbar-bench");
    // Polled while a test builds its images: a repository without any commit is a failure, after
    // which the agent polls less and less often, at last every five minutes.
    this.repository = GitRepository.create(folder).commitAll("Nothing yet");
    this.network = VirtualNetwork.create();
    this.device =
        VirtualDevice.named("bench")
            .suite(suite)
            .network(network)
            .bind(probe.path(), PROBE_IMAGE)
            .boot();
    this.store = new ImageStore(device.root());
    sh(
        """
        mount -o loop,ro %s /mnt
        cp --preserve=mode /mnt/usr/bin/probe /mnt/usr/bin/probe-suid /usr/local/bin/
        umount /mnt
        """
            .formatted(PROBE_IMAGE));
    sh(preparation);
    meetTheNeighbours();
    this.loop = start();
  }

  /** The first packets over a network may be lost while its hosts are strangers to each other. */
  private void meetTheNeighbours() {
    String outwards = PROBE + " --only tcp4-out,tcp6-out,udp4-out,udp6-out";
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> ProbeReport.parse(sh(outwards)).breaches().size() == 4);
  }

  /**
   * Boots and starts the agent.
   *
   * @param volumes that apps may name: name to path
   * @param preparation shell commands run on the device before the agent starts
   */
  static Workbench boot(Suite suite, Map<String, String> volumes, String preparation)
      throws IOException {
    return boot(suite, volumes, preparation, Duration.ofMinutes(3));
  }

  /**
   * The same with an agent that looks at everything this often, which costs more the more apps
   * there are.
   */
  static Workbench boot(
      Suite suite, Map<String, String> volumes, String preparation, Duration sweep)
      throws IOException {
    return new Workbench(suite, volumes, preparation, sweep);
  }

  static SampleImages images() {
    return SampleImages.cached(line -> {});
  }

  private DeviceLoop start() throws IOException {
    return DeviceLoop.start(device, repository, this::ofThisBench);
  }

  private DeviceSettings ofThisBench(DeviceSettings base) {
    return base.withLabels(LABELS).withVolumes(volumes).withSweep(sweep);
  }

  VirtualDevice device() {
    return device;
  }

  VirtualNetwork network() {
    return network;
  }

  /** Runs a script on the device, as root and outside of any app. */
  String sh(String script) {
    return device.exec(Duration.ofSeconds(60), "sh", "-ec", script).orThrow();
  }

  /** Ends the agent and starts another one; apps run on. */
  void restartAgent(Runnable between) throws IOException, InterruptedException {
    loop.close();
    between.run();
    loop = start();
  }

  /** A manifest of the probe in its image. */
  String probe(String name, String arguments, String spec) {
    return manifest(
        name,
        """
        image: {path: %s, sha256: %s}
          run: {command: [/usr/bin/probe, --hold%s]}
        """
                .formatted(PROBE_IMAGE, probe.sha256(), arguments.isEmpty() ? "" : ", " + arguments)
            + spec.indent(2));
  }

  /** A manifest of the probe as a program of the device. */
  static String hostProbe(String name, String arguments, String spec) {
    return hostProbe(name, PROBE, arguments, spec);
  }

  /** A manifest without an image, of the probe at another path. */
  static String hostProbe(String name, String program, String arguments, String spec) {
    return manifest(
        name,
        "run: {command: [%s, --hold%s]}\n"
                .formatted(program, arguments.isEmpty() ? "" : ", " + arguments)
            + spec.indent(2));
  }

  /** A manifest; every line of the spec but the first is indented by two. */
  static String manifest(String name, String spec) {
    return """
    apiVersion: sandbar.dev/v1alpha1
    kind: AppSandbox
    metadata: {name: %s}
    spec:
      %s
    """
        .formatted(name, spec);
  }

  /** Commits manifests, by name of the app, all at once; what was declared before stays. */
  void declare(Map<String, String> manifests) throws IOException {
    declared.putAll(manifests);
    for (var manifest : manifests.entrySet()) {
      Files.writeString(folder.resolve(manifest.getKey() + ".yaml"), manifest.getValue());
    }
    repository.commitAll("Declare " + String.join(", ", manifests.keySet()));
  }

  /** Commits the removal of an app's manifest. */
  void withdraw(String app) throws IOException {
    declared.remove(app);
    repository.remove(app + ".yaml");
  }

  /** Waits until these apps run what the newest commit says. */
  void awaitApplied(Collection<String> apps) throws IOException {
    Apps.awaitApplied(loop, repository, apps.toArray(String[]::new));
  }

  void awaitReady(Collection<String> apps) {
    await()
        .atMost(Apps.SOON)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(
            () ->
                assertThat(apps)
                    .allSatisfy(
                        app -> assertThat(condition(app, "Ready")).as(app).startsWith("True")));
  }

  /**
   * Status, reason and message of an app's condition, with blanks between; empty if there is none.
   */
  String condition(String app, String type) throws IOException {
    Node status = loop.status();
    for (Node one : items(status, "apps")) {
      if (Texts.at(one, "name").equals(app)) {
        for (Node condition : items(one, "conditions")) {
          if (Texts.at(condition, "type").equals(type)) {
            return Stream.of("status", "reason", "message")
                .map(key -> Texts.at(condition, key))
                .collect(java.util.stream.Collectors.joining(" "));
          }
        }
      }
    }
    return "";
  }

  /** What the agent reports of its source. */
  List<String> problems() throws IOException {
    return loop.problems();
  }

  private static List<Node> items(Node node, String key) {
    return node.fields().get(key) instanceof Node.Sequence(_, var items) ? items : List.of();
  }

  /** What an app wrote to the journal. */
  String journal(String app) {
    return device
        .exec("journalctl", "--output=cat", "--no-pager", "--unit=sandbar-" + app + ".service")
        .orThrow();
  }

  /** The probe's report out of the journal, once it is whole. */
  ProbeReport report(String app) {
    return await()
        .atMost(LIMIT)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> ProbeReport.parse(journal(app)), ProbeReport::complete);
  }

  /** What was open that the closed default holds shut. */
  SortedSet<String> opened(String app) {
    var opened = new TreeSet<String>();
    report(app).breaches().forEach(attempt -> opened.add(attempt.id()));
    return opened;
  }

  /**
   * The facts that the agent works with. Only once an app is ready: two probes at once disturb each
   * other.
   */
  DeviceFacts facts() {
    try (DbusSystemd systemd = connect()) {
      return Surroundings.with(
          probeOf(systemd).facts(new StateStore(device.root())).configured(LABELS, volumes),
          device.root());
    }
  }

  DbusSystemd connect() {
    return DbusSystemd.connect("unix:path=" + device.busSocket());
  }

  private FactsProbe probeOf(DbusSystemd systemd) {
    return new FactsProbe(
        device.root(),
        systemd,
        new SystemdAnalyze(List.of("nsenter", "--all", "--target", Long.toString(device.pid()))));
  }

  /** A declared app, compiled for this device. */
  CompiledApp compiled(String app) {
    return compiled(app, facts());
  }

  /** The same with facts that were asked for before. */
  CompiledApp compiled(String app, DeviceFacts facts) {
    return switch (compilation(declared.getOrDefault(app, ""), facts)) {
      case Compilation.Compiled(var compiled, _) -> compiled;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  /** Reads and compiles a manifest. */
  static Compilation compilation(String manifest, DeviceFacts facts) {
    var read = YamlReader.read("app.yaml", manifest.getBytes(StandardCharsets.UTF_8));
    assertThat(read.diagnostics()).as(manifest).isEmpty();
    return switch (SpecReader.read(read.documents().getFirst())) {
      case SpecReader.Read(var app, _) -> Compiler.compile(app, facts);
      case SpecReader.Refused(var name, _, var diagnostics) ->
          new Compilation.Rejected(
              AppName.isValid(name) ? new AppName(name) : new AppName("unnamed"), diagnostics);
    };
  }

  /** These declared apps, as all of them are now. */
  ObservedApps observed(Collection<String> apps) {
    DeviceFacts facts = facts();
    var compiled = new TreeMap<String, CompiledApp>();
    var units = new TreeSet<UnitName>();
    for (String app : apps) {
      CompiledApp one = compiled(app, facts);
      compiled.put(app, one);
      units.add(one.unit());
    }
    try (DbusSystemd systemd = connect()) {
      return new ObservedApps(
          device.root(),
          facts,
          compiled,
          Observer.of(device.root(), systemd, store::verified, KnownFilters.none())
              .observe(units, SLICES));
    }
  }

  /** The same of one. */
  List<Difference> differences(String app) {
    return observed(List.of(app)).differences(app);
  }

  /** The same of one. */
  SortedMap<String, Attested> attested(String app) {
    return observed(List.of(app)).attested(app);
  }

  @Override
  public void close() throws InterruptedException {
    try (network;
        device) {
      loop.close();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
