package dev.sandbar.cli;

import dev.sandbar.core.compile.ClosedMode;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.denial.Refusal;
import dev.sandbar.core.learn.Conflicts;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.core.plan.SlicesAbove;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.report.Attested;
import dev.sandbar.core.trial.Obstacle;
import dev.sandbar.core.trial.TrialUnits;
import dev.sandbar.device.agent.Agent;
import dev.sandbar.device.agent.AppliedManifest;
import dev.sandbar.device.agent.BusyFile;
import dev.sandbar.device.agent.Removals;
import dev.sandbar.device.apply.Machine;
import dev.sandbar.device.fetch.ImageFetch;
import dev.sandbar.device.fetch.ImageSignatures;
import dev.sandbar.device.fetch.SignatureVerdict;
import dev.sandbar.device.hosts.OwnAddresses;
import dev.sandbar.device.kernel.KnownFilters;
import dev.sandbar.device.kernel.RefusalReader;
import dev.sandbar.device.kernel.ServiceWatch;
import dev.sandbar.device.observe.AppAttestation;
import dev.sandbar.device.observe.Observer;
import dev.sandbar.device.probe.ProbeRun;
import dev.sandbar.device.probe.UnitContent;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.LockFile;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.FactsProbe;
import dev.sandbar.device.systemd.SocketUnits;
import dev.sandbar.device.systemd.Surroundings;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdAnalyze;
import dev.sandbar.device.trial.TrialRun;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A device that runs: this machine, or a virtual device on it. */
final class DeviceAccess implements AutoCloseable {
  private static final String APP_UNITS = "sandbar-*.service";

  /** As long as systemd itself waits for most services (systemd-system.conf(5)). */
  private static final Duration START_LIMIT = Duration.ofSeconds(100);

  private final Path root;
  private final Systemd systemd;
  private final SystemdAnalyze analyze;
  private final ImageStore images;
  private volatile @Nullable ImageFetch fetch;

  private DeviceAccess(Path root, Systemd systemd, SystemdAnalyze analyze) {
    this.root = root;
    this.systemd = systemd;
    this.analyze = analyze;
    this.images = new ImageStore(root);
  }

  /** Why this machine cannot be looked at as a device; empty if it can. */
  static String obstacle() {
    if (!Files.isDirectory(Path.of("/run/systemd/system"))) {
      return "systemd does not run here";
    }
    return isRoot() ? "" : "root is required";
  }

  /**
   * This machine.
   *
   * @throws CommandException if it is no device, or the user may not look at it
   */
  static DeviceAccess ofThisMachine() {
    String obstacle = obstacle();
    if (!obstacle.isEmpty()) {
      throw new CommandException(
          "this machine cannot be observed as a device: " + obstacle,
          "Run it as root on a device, or name a virtual one: --device NAME");
    }
    return new DeviceAccess(Path.of("/"), DbusSystemd.connect(), new SystemdAnalyze());
  }

  /** A virtual device, from outside. */
  static DeviceAccess of(Playground.Device device) {
    return new DeviceAccess(
        device.root(),
        DbusSystemd.connect("unix:path=" + device.busSocket()),
        new SystemdAnalyze(DevicePlace.entrance(device)));
  }

  /**
   * What the device is and can do, with the labels and volumes that its owner gave it.
   *
   * @throws CommandException if what the owner wrote is wrong
   */
  DeviceFacts facts() throws IOException {
    DeviceSettings settings = SettingsFile.read(root);
    SettingsFile.reach(settings.network());
    return Surroundings.with(
        new FactsProbe(root, systemd, analyze).facts(new StateStore(root)).configured(settings),
        root);
  }

  /**
   * What runs on it.
   *
   * @param wanted units to look at whether they are there or not, beside all that Sandbar put there
   */
  Observation observe(Collection<UnitName> wanted) throws IOException {
    SortedSet<UnitName> units = new TreeSet<>(wanted);
    units.add(UnitName.TARGET);
    units.addAll(systemd.units(List.of(APP_UNITS)).keySet());
    units.addAll(units().adopted().values());
    Path own = new UnitDirectories(root).onDisk(UnitDirectories.OWN);
    if (Files.isDirectory(own)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(own, APP_UNITS)) {
        for (Path file : files) {
          units.add(new UnitName(file.getFileName().toString()));
        }
      }
    }
    units.removeAll(SlicesAbove.of(units));
    return look(units);
  }

  /** Which unit each app is that is on the device. */
  AppUnits units() {
    return new UnitDirectories(root).units();
  }

  /** What these units are now. */
  Observation look(Collection<UnitName> units) {
    return Observer.of(root, systemd, images::verified, KnownFilters.none())
        .observe(units, SlicesAbove.of(units));
  }

  /** What systemd says of one unit. */
  ObservedUnit.Loaded loaded(UnitName unit) {
    return look(List.of(unit)).unit(unit).loaded();
  }

  /**
   * The manifest of the version of an app that is on the device.
   *
   * @throws CommandException if the agent has applied none, or its record cannot be read
   */
  Node applied(AppName app) {
    try {
      return AppliedManifest.of(new StateStore(root), app)
          .orElseThrow(
              () ->
                  new CommandException(
                      "the agent of this device has applied no app " + app,
                      "List the apps: sandbar status. Of an app that no agent looks after, say"
                          + " where it is declared: --file FILE"));
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          String.valueOf(e.getMessage()), "Say where the app is declared: --file FILE");
    }
  }

  /** What systemd and the kernel hold of an app now, directive by directive. */
  List<Attested> attest(CompiledApp app, DeviceFacts facts) {
    return new AppAttestation(root, facts).of(app, look(List.of(app.unit())));
  }

  /**
   * The files that systemd has loaded a unit from.
   *
   * @throws IOException if one cannot be read
   */
  UnitContent content(UnitName unit) throws IOException {
    return UnitContent.of(root, systemd, unit);
  }

  /**
   * Begins to watch what a service does.
   *
   * @throws CommandException if it does not run
   * @throws IOException if nothing of it can be seen here
   */
  ServiceWatch watch(UnitName unit) throws IOException {
    return ServiceWatch.begin(root, controlGroup(unit), ClosedMode.knownCalls());
  }

  /** The ports on which systemd listens for a service. */
  Set<Use> given(UnitName unit) {
    return SocketUnits.given(systemd, unit);
  }

  /** Major version of its systemd. */
  int systemdVersion() {
    return systemd.majorVersion();
  }

  /**
   * What services do at this moment that the new versions of their apps would close.
   *
   * @param changed apps that confine services and are about to be applied
   */
  List<Diagnostic> conflicts(Collection<CompiledApp> changed, DeviceFacts facts)
      throws IOException {
    var conflicts = new ArrayList<Diagnostic>();
    for (CompiledApp app : changed) {
      Conflicts.of(app, facts, uses(app.unit())).stream()
          .map(Conflicts.Conflict::warning)
          .forEach(conflicts::add);
    }
    return conflicts;
  }

  /** What a service does at this moment; nothing if it does not run. */
  Set<Use> uses(UnitName unit) throws IOException {
    return systemd.properties(unit).get("ControlGroup") instanceof Raw.Str(String group)
            && !group.isEmpty()
        ? ServiceWatch.glance(root, group, Duration.ofSeconds(10)).uses()
        : Set.of();
  }

  /** Why a service could not be stopped for a trial and started again; empty if it can be. */
  Optional<Obstacle> obstacle(UnitName unit) {
    return TrialRun.obstacle(systemd, unit);
  }

  /**
   * Gets a trial ready.
   *
   * @throws IOException if the device cannot be written
   */
  TrialRun.Beginning trial(TrialUnits units) throws IOException {
    return TrialRun.begin(root, systemd, units);
  }

  /**
   * Begins to watch what a service does, and restarts it.
   *
   * @throws CommandException if it did not run, or does not start again
   * @throws IOException if nothing of it can be seen here
   */
  ServiceWatch watchFromStart(UnitName unit) throws IOException {
    ServiceWatch watch = watch(unit);
    try {
      watch.during(() -> restart(unit));
    } catch (IOException | RuntimeException e) {
      watch.close();
      throw e;
    }
    return watch;
  }

  /**
   * Which system calls of a unit the kernel refuses, from now on.
   *
   * @throws IOException if the device has no cgroups
   */
  ServiceWatch watchRefusals(UnitName unit) throws IOException {
    SortedMap<String, Raw> properties = systemd.properties(unit);
    String group = text(properties, "ControlGroup");
    if (group.isEmpty()) {
      String slice = text(properties, "Slice");
      group = "/" + (slice.isEmpty() ? UnitName.SLICE : slice) + "/" + unit;
    }
    return ServiceWatch.refusals(root, group, ClosedMode.knownCalls());
  }

  /** Restarts a unit, whatever comes of it. */
  void tryRestart(UnitName unit, Duration limit) {
    systemd.run(List.of(new Job(Verb.RESTART, unit)), limit);
  }

  /** Since when the last start of a unit is. */
  Instant startOf(UnitName unit) {
    return systemd.properties(unit).get("ExecMainStartTimestamp") instanceof Raw.Int(long micros)
        ? Instant.EPOCH.plus(micros, ChronoUnit.MICROS)
        : Instant.EPOCH;
  }

  /** Whether the device has something there. */
  boolean has(String path) {
    return Files.exists(root.resolve(path.substring(1)), LinkOption.NOFOLLOW_LINKS);
  }

  private static String text(SortedMap<String, Raw> properties, String name) {
    return properties.get(name) instanceof Raw.Str(String text) ? text : "";
  }

  /**
   * What the kernel shows of connections of an app that came to nothing; none if it does not run.
   */
  Set<Refusal> refusals(UnitName unit) {
    return systemd.properties(unit).get("ControlGroup") instanceof Raw.Str(String group)
        ? RefusalReader.read(root, group)
        : Set.of();
  }

  /** The addresses of the device itself. */
  Set<Cidr> addresses() {
    return OwnAddresses.of(root);
  }

  private void restart(UnitName unit) {
    JobOutcome outcome = systemd.run(List.of(new Job(Verb.RESTART, unit)), START_LIMIT).getFirst();
    if (!outcome.done()) {
      throw new CommandException(
          "the restart of %s ended with %s".formatted(unit, outcome.result()),
          "See why: systemctl status " + unit);
    }
  }

  private String controlGroup(UnitName unit) {
    if (systemd.properties(unit).get("ControlGroup") instanceof Raw.Str(String group)
        && !group.isEmpty()) {
      return group;
    }
    throw new CommandException(
        unit + " does not run, so there is nothing to watch",
        "Start it, or list what runs: systemctl list-units --type=service");
  }

  /**
   * Begins to run the kit of attempts.
   *
   * @throws CommandException if somebody else does so now
   * @throws IOException if the device cannot be written
   */
  ProbeRun probe() throws IOException {
    return ProbeRun.begin(root, systemd)
        .orElseThrow(
            () ->
                new CommandException(
                    "another probe of this device is under way", "Wait until it has ended"));
  }

  /**
   * Keeps agents from the device until it is closed: what is changed meanwhile nobody undoes.
   *
   * @return empty if an agent runs
   */
  Optional<LockFile> withoutAgent() throws IOException {
    return Agent.lock(root);
  }

  /**
   * The repository that an agent makes the device follow now; empty if no agent reports.
   *
   * @throws IOException if what the agent wrote cannot be read
   */
  String followed() throws IOException {
    return status().map(StatusFile::sourceUrl).orElse("");
  }

  /** What the agent of the device would not do at once of a plan; empty if it follows nothing. */
  SortedMap<AppName, String> waits(PlanSource source, Planned planned, Observation seen)
      throws IOException {
    return followed().isEmpty()
        ? new TreeMap<>()
        : PlanWaits.of(
            source,
            PlanWaits.steps(planned, seen),
            new StateStore(root),
            SettingsFile.read(root).maintenance(),
            new BusyFile(root),
            Instant.now());
  }

  /**
   * What the agent of the device reports now; empty if none does.
   *
   * @throws IOException if what the agent wrote cannot be read
   */
  Optional<StatusFile> status() throws IOException {
    Path file = root.resolve(StatusFile.DEFAULT.substring(1));
    return Files.exists(file)
        ? Optional.of(StatusFile.read(file, Instant.now())).filter(status -> !status.stale())
        : Optional.empty();
  }

  /** Lets the agent of the device remove an app that its source no longer declares. */
  void consentToRemoval(AppName app) throws IOException {
    Removals.consent(new StateStore(root), app);
  }

  /**
   * Why the owner of the device refuses images; asks registries for their signatures.
   *
   * @param keep whether a good one is kept on the device
   * @throws CommandException if what the owner wrote is wrong
   */
  Function<Root.Image, Optional<Diagnostic>> refusedImages(boolean keep) throws IOException {
    var signatures = new ImageSignatures(root, SettingsFile.read(root));
    return image ->
        switch (keep
            ? signatures.judge(image.source(), image.digest())
            : signatures.look(image.source(), image.digest())) {
          case SignatureVerdict.Good() -> Optional.empty();
          case SignatureVerdict.Bad(var why, var help) ->
              Optional.of(Diagnostic.error(Problem.POLICY_DENIED, image.at(), why, help));
        };
  }

  /**
   * Where it has the contents of large files while a command needs them.
   *
   * @throws IOException if what an agent wrote cannot be read
   */
  UsedContents contents() throws IOException {
    return new UsedContents(new StateStore(root).contents(), !followed().isEmpty());
  }

  /** That through which it is changed. */
  Machine machine() throws IOException {
    return new Machine(
        root, systemd, analyze, new DurableFiles(), new UnitDirectories(root), images, fetch());
  }

  private ImageFetch fetch() throws IOException {
    ImageFetch now = fetch;
    if (now == null) {
      DeviceSettings settings = SettingsFile.read(root);
      images.limitUse(settings.images().maxUse());
      now = new ImageFetch(root, images, settings);
      fetch = now;
    }
    return now;
  }

  /** How much has arrived of an image that is being fetched; empty if none is. */
  String fetching() {
    ImageFetch now = fetch;
    String far = now == null ? "" : now.progress();
    return far.isEmpty() ? "" : "fetching " + far;
  }

  @Override
  public void close() {
    systemd.close();
  }

  static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException | UnsupportedOperationException _) {
      return false;
    }
  }
}
