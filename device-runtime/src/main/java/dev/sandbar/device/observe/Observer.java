package dev.sandbar.device.observe;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.kernel.CgroupPrograms;
import dev.sandbar.device.kernel.Cgroups;
import dev.sandbar.device.kernel.ProcessReader;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Looks at a device: files, manager, processes, images. It changes nothing and believes nobody:
 * what the manager says, what is on the disk and what the kernel holds are told side by side.
 *
 * <p>Safe for use by many threads.
 */
public final class Observer {

  /** PID 1 answers one call after the other; more threads only hide the way to it and back. */
  private static final int THREADS = 8;

  private final Systemd systemd;
  private final UnitDirectories directories;
  private final ImageStore images;
  private final List<Cgroups> cgroups;
  private final List<ProcessReader> processes;
  private final List<CgroupPrograms> programs;

  private Observer(
      Systemd systemd,
      UnitDirectories directories,
      ImageStore images,
      Optional<Cgroups> cgroups,
      Optional<ProcessReader> processes,
      Optional<CgroupPrograms> programs) {
    this.systemd = systemd;
    this.directories = directories;
    this.images = images;
    this.cgroups = cgroups.stream().toList();
    this.processes = processes.stream().toList();
    this.programs = programs.stream().toList();
  }

  /**
   * An observer for one boot and one connection.
   *
   * @param root of the device's file system
   */
  public static Observer of(Path root, Systemd systemd, ImageStore images) {
    Optional<Cgroups> cgroups = Cgroups.of(root);
    return new Observer(
        systemd,
        new UnitDirectories(root),
        images,
        cgroups,
        cgroups.map(found -> ProcessReader.of(root, found)),
        CgroupPrograms.open());
  }

  /** Units of apps that stand where only Sandbar writes. */
  public SortedSet<UnitName> apps() {
    return directories.apps();
  }

  /**
   * Looks once.
   *
   * @param units services of apps, there or not
   * @param slices above them; their processes are those of the services and are not read again
   * @throws SystemdException if the manager does not answer: half an observation is none
   */
  public Observation observe(Collection<UnitName> units, Collection<UnitName> slices) {
    var all = new TreeSet<>(units);
    all.addAll(slices);
    try (ExecutorService executor =
        Executors.newFixedThreadPool(THREADS, Thread.ofVirtual().factory())) {
      Future<SortedMap<UnitName, List<ObservedUnit.File>>> files =
          executor.submit(() -> directories.scan(all));
      Future<SortedMap<String, String>> verified = executor.submit(images::verified);
      var shared = new SharedValues();
      var seen = new ArrayList<Future<ObservedUnit>>();
      for (UnitName unit : all) {
        boolean slice = slices.contains(unit);
        seen.add(
            executor.submit(
                (Callable<ObservedUnit>)
                    () -> look(unit, slice, result(files).getOrDefault(unit, List.of()), shared)));
      }
      var observed = new TreeMap<UnitName, ObservedUnit>();
      for (Future<ObservedUnit> future : seen) {
        ObservedUnit unit = result(future);
        observed.put(unit.name(), unit);
      }
      return new Observation(observed, result(verified));
    }
  }

  private static <T> T result(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemdException(
          SystemdException.Kind.UNAVAILABLE, "interrupted while looking at the device", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private ObservedUnit look(
      UnitName unit, boolean slice, List<ObservedUnit.File> files, SharedValues shared) {
    SortedMap<String, Raw> properties = shared.share(systemd.properties(unit));
    Loaded loaded = enabled(unit, LoadedUnit.of(properties));
    String controlGroup = LoadedUnit.text(properties, "ControlGroup");
    int mainPid = (int) LoadedUnit.number(properties, "MainPID");
    return new ObservedUnit(
        unit,
        files,
        loaded,
        // Of a unit that is not loaded the manager reports the defaults, as if they were its own.
        loaded.loadState().equals("loaded") ? properties : new TreeMap<>(),
        slice ? List.of() : evidence(controlGroup, mainPid),
        programs(controlGroup));
  }

  private List<ProcessEvidence> evidence(String controlGroup, int mainPid) {
    return processes.stream().flatMap(it -> it.read(controlGroup, mainPid).stream()).toList();
  }

  private List<String> programs(String controlGroup) {
    if (controlGroup.isEmpty()) {
      return List.of();
    }
    if (cgroups.isEmpty() || programs.isEmpty()) {
      return ObservedUnit.UNKNOWN_PROGRAMS;
    }
    return programs
        .getFirst()
        .attached(cgroups.getFirst().directory(controlGroup))
        .map(kinds -> kinds.stream().map(Enum::name).toList())
        .orElse(ObservedUnit.UNKNOWN_PROGRAMS);
  }

  /**
   * The manager remembers that a unit is enabled until it reloads; a link removed by hand is gone
   * at once.
   */
  private Loaded enabled(UnitName unit, Loaded loaded) {
    boolean claimed = loaded.unitFileState().equals("enabled") && unit.app().isPresent();
    return !claimed || directories.isWanted(unit, UnitName.TARGET)
        ? loaded
        : loaded.withUnitFileState("disabled");
  }
}
