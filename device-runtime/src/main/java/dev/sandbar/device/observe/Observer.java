package dev.sandbar.device.observe;

import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.compile.AppTimer;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.StoredImage;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.RawProperties;
import dev.sandbar.device.kernel.CgroupPrograms;
import dev.sandbar.device.kernel.Cgroups;
import dev.sandbar.device.kernel.EvidenceMarks;
import dev.sandbar.device.kernel.EvidenceMarks.Marks;
import dev.sandbar.device.kernel.EvidenceMarks.Subject;
import dev.sandbar.device.kernel.KernelFactsReader;
import dev.sandbar.device.kernel.KernelFactsReader.Asked;
import dev.sandbar.device.kernel.KnownFilters;
import dev.sandbar.device.kernel.ProcessReader;
import dev.sandbar.device.kernel.ReadBudget;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdException;
import dev.sandbar.device.systemd.UnitReader;
import dev.sandbar.device.systemd.UnitReader.Part;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Looks at a device: files, manager, processes, images. It changes nothing and believes nobody:
 * what the manager says, what is on the disk and what the kernel holds are seen side by side.
 *
 * <p>Safe for use by many threads, which take turns.
 */
public final class Observer implements AutoCloseable {

  private static final List<String> APPS = List.of("sandbar-*.service");

  private static final String ENABLED = "enabled";

  /** Looks at a unit that does not stand still. */
  private static final int TRIES = 3;

  private final Systemd systemd;
  private final UnitReader reader;
  private final StandingSights standing = new StandingSights();
  private final ReentrantLock turn = new ReentrantLock();
  private final UnitDirectories directories;
  private final List<Cgroups> cgroups;
  private final List<ProcessReader> processes;
  private final List<KernelFactsReader> kernel;
  private final KnownProperties known;

  private final List<CgroupPrograms> programs;
  private final List<QuickCheck> quick;
  private final CommonReader common;

  private Observer(
      Path root,
      Systemd systemd,
      UnitDirectories directories,
      Supplier<SortedMap<String, StoredImage>> images,
      Optional<Cgroups> cgroups,
      Optional<ProcessReader> processes,
      Optional<CgroupPrograms> programs,
      KnownFilters filters) {
    this.systemd = systemd;
    this.known = new KnownProperties(systemd::majorVersion);
    this.reader = systemd.reader(LoadedUnit.names());
    this.directories = directories;
    this.cgroups = cgroups.stream().toList();
    this.processes = processes.stream().toList();
    this.kernel =
        cgroups
            .flatMap(found -> processes.map(it -> KernelFactsReader.of(root, found, it, filters)))
            .stream()
            .toList();
    this.programs = programs.stream().toList();
    this.common = new CommonReader(root, systemd, images);
    this.quick =
        cgroups
            .flatMap(
                found ->
                    processes.map(
                        it ->
                            new QuickCheck(
                                new EvidenceMarks(root, found, it, programs),
                                kernel.getFirst(),
                                programs,
                                common,
                                directories)))
            .stream()
            .toList();
  }

  /**
   * An observer for one boot and one connection.
   *
   * @param root of the device's file system
   * @param images {@linkplain Observation#images those} whose content is right
   * @param filters of apps, as far as they are known at a look
   */
  public static Observer of(
      Path root,
      Systemd systemd,
      Supplier<SortedMap<String, StoredImage>> images,
      KnownFilters filters) {
    Optional<Cgroups> cgroups = Cgroups.of(root);
    return new Observer(
        root,
        systemd,
        new UnitDirectories(root),
        images,
        cgroups,
        cgroups.map(found -> ProcessReader.of(root, found)),
        CgroupPrograms.open(),
        filters);
  }

  /** Units of apps that stand where only Sandbar writes. */
  public SortedSet<UnitName> apps() {
    return directories.apps();
  }

  /** Which unit each app is, by what stands there. */
  public AppUnits units() {
    return directories.units();
  }

  /**
   * Looks once, at everything anew.
   *
   * @param units services of apps, there or not
   * @param slices above them; their processes are those of the services and are not read again
   * @throws SystemdException if the manager does not answer: half an observation is none
   */
  public Observation observe(Collection<UnitName> units, Collection<UnitName> slices) {
    turn.lock();
    try {
      standing.forget(units);
      return new Look(slices, false).at(all(units, slices), _ -> Part.ALL).observation();
    } finally {
      turn.unlock();
    }
  }

  /**
   * Looks once, and finds the same as {@link #observe}. What can only change by a reload, a restart
   * or a new file is not asked for again while there was none: it is dear to answer.
   */
  public Observation sweep(Collection<UnitName> units, Collection<UnitName> slices) {
    turn.lock();
    try {
      standing.begin(systemd.lastLoaded(), systemd.lines(patterns(units)));
      SortedSet<UnitName> all = all(units, slices);
      known.retain(all);
      var look = new Look(slices, true);
      quick.forEach(it -> it.begin(all));
      return look.at(all, unit -> standing.mayStand(unit) ? Part.OWN : Part.ALL).observation();
    } finally {
      turn.unlock();
    }
  }

  /**
   * What was observed is now compared with what is declared, and reported.
   *
   * @param everything whether all units were
   */
  public void confirm(Observation seen, boolean everything) {
    turn.lock();
    try {
      quick.forEach(it -> it.confirm(seen, everything));
    } finally {
      turn.unlock();
    }
  }

  /**
   * Reads again what of the last observations nothing signals, and compares it byte by byte.
   *
   * @return units of which something differs; empty if something does that concerns all of them, or
   *     if this cannot be said
   */
  public Optional<SortedSet<UnitName>> changed() {
    turn.lock();
    try {
      return quick.stream().findFirst().flatMap(it -> it.changed(reader));
    } finally {
      turn.unlock();
    }
  }

  private static List<String> patterns(Collection<UnitName> units) {
    return Stream.concat(
            APPS.stream(), units.stream().filter(UnitFiles::isAdopted).map(UnitName::value))
        .toList();
  }

  /** With the sockets, file systems and timers beside apps, whichever they are of. */
  private SortedSet<UnitName> all(Collection<UnitName> units, Collection<UnitName> slices) {
    var all = new TreeSet<>(units);
    all.addAll(slices);
    all.addAll(directories.beside());
    return all;
  }

  /** One look; what is on the disk is read while the manager works on its first answer. */
  private final class Look {
    private final Collection<UnitName> slices;
    private final SortedMap<UnitName, ObservedUnit> observed = new TreeMap<>();
    private final List<UnitName> anew = new ArrayList<>();
    private SortedMap<UnitName, List<ObservedUnit.File>> files = new TreeMap<>();
    private SortedMap<String, StoredImage> verified = new TreeMap<>();
    private final ReadBudget budget = new ReadBudget();
    private boolean begun;

    Look(Collection<UnitName> slices, boolean everything) {
      this.slices = slices;
      kernel.forEach(it -> it.begin(everything));
      programs.forEach(CgroupPrograms::begin);
    }

    Look at(SortedSet<UnitName> units, Function<UnitName, Part> part) {
      reader.read(
          units, part, (unit, properties) -> told(units, unit, part.apply(unit), properties));
      for (int tries = 0; tries < TRIES && !anew.isEmpty(); tries++) {
        List<UnitName> again = List.copyOf(anew);
        anew.clear();
        reader.read(
            again, _ -> Part.ALL, (unit, properties) -> told(units, unit, Part.ALL, properties));
      }
      return this;
    }

    Observation observation() {
      readDisk(new TreeSet<>());
      kernel.forEach(KernelFactsReader::end);
      var services = new TreeMap<UnitName, List<Setting>>();
      for (UnitName unit : observed.keySet()) {
        if (UnitFiles.isAdopted(unit)) {
          directories.settings(unit).ifPresent(it -> services.put(unit, it));
        }
      }
      return new Observation(
          observed,
          verified,
          common.kept(),
          systemd.managerVariables(),
          services,
          common.plugged());
    }

    private void told(SortedSet<UnitName> all, UnitName unit, Part part, RawProperties properties) {
      readDisk(all);
      List<ObservedUnit.File> own = files.getOrDefault(unit, List.of());
      switch (part) {
        case ALL -> {
          standing.keep(unit, own, properties);
          observed.put(unit, unit(unit, own, properties));
        }
        case OWN ->
            standing
                .confirm(unit, own, properties)
                .ifPresentOrElse(
                    whole -> observed.put(unit, unit(unit, own, whole)), () -> anew.add(unit));
      }
    }

    private void readDisk(SortedSet<UnitName> all) {
      if (!begun) {
        begun = true;
        files = directories.scan(all);
        verified = common.images();
      }
    }

    private ObservedUnit unit(
        UnitName unit, List<ObservedUnit.File> own, RawProperties properties) {
      KnownProperties.Known said = known.of(unit, properties);
      Loaded loaded = enabled(unit, said.loaded());
      String controlGroup = said.controlGroup();
      int mainPid = said.mainPid();
      var subject =
          new Subject(
              controlGroup,
              said.asked().files(),
              !slices.contains(unit),
              !said.asked().addresses().isEmpty());
      Optional<Marks> marks = quick.stream().map(it -> it.read(subject)).findFirst();
      List<ProcessReader.Seen> running =
          slices.contains(unit) ? List.of() : running(controlGroup, mainPid, said.hidden(), budget);
      if (isOutdated(mainPid, running)) {
        anew.add(unit);
      }
      Optional<CgroupPrograms.Attached> attached =
          programs(controlGroup, running.isEmpty() ? Asked.NOTHING : said.asked());
      var seen =
          new ObservedUnit(
              unit,
              own,
              loaded,
              // Of a unit that is not loaded the manager reports the defaults, as if its own.
              loaded.loadState().equals("loaded") ? properties : RawProperties.NONE,
              running.stream().map(ProcessReader.Seen::evidence).toList(),
              controlGroup.isEmpty()
                  ? List.of()
                  : attached
                      .map(it -> it.kinds().stream().map(Enum::name).toList())
                      .orElse(ObservedUnit.UNKNOWN_PROGRAMS),
              kernel.isEmpty()
                  ? KernelFacts.NOTHING
                  : kernel.getFirst().read(controlGroup, mainPid, running, said.asked(), attached));
      var manager = new QuickCheck.Said(properties, said.hidden(), said.asked());
      marks.ifPresent(it -> quick.getFirst().keep(subject, it, manager, running, seen));
      return seen;
    }
  }

  /**
   * Whether the unit seems to have been started again since the manager was asked: what runs now is
   * perhaps on its way into the sandbox, of which the manager says that the unit is not active yet.
   */
  private static boolean isOutdated(int mainPid, List<ProcessReader.Seen> running) {
    return mainPid != 0
        && !running.isEmpty()
        && running.stream().noneMatch(it -> it.facts().pid() == mainPid);
  }

  private List<ProcessReader.Seen> running(
      String controlGroup, int mainPid, List<String> hidden, ReadBudget budget) {
    return processes.stream()
        .flatMap(it -> it.read(controlGroup, mainPid, hidden, budget).stream())
        .toList();
  }

  private Optional<CgroupPrograms.Attached> programs(String controlGroup, Asked asked) {
    return controlGroup.isEmpty() || cgroups.isEmpty() || programs.isEmpty()
        ? Optional.empty()
        : programs
            .getFirst()
            .read(
                cgroups.getFirst().directory(controlGroup),
                asked.addresses(),
                asked != Asked.NOTHING);
  }

  /**
   * The manager remembers whether a unit is enabled until it reloads; a link that is made or
   * removed by hand counts at the next boot all the same.
   */
  private Loaded enabled(UnitName unit, Loaded loaded) {
    if (unit.ownApp().isEmpty() && !AppTimer.isOwn(unit.value())) {
      return loaded;
    }
    boolean wanted = directories.isWanted(unit, UnitName.TARGET);
    return switch (loaded.unitFileState()) {
      case ENABLED -> wanted ? loaded : loaded.withUnitFileState("disabled");
      case "disabled", "indirect" -> wanted ? loaded.withUnitFileState(ENABLED) : loaded;
      default -> loaded;
    };
  }

  /** Lets go of what it watches. */
  @Override
  public void close() {
    turn.lock();
    try {
      quick.forEach(QuickCheck::close);
    } finally {
      turn.unlock();
    }
  }
}
