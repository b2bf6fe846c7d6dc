package dev.sandbar.device.observe;

import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.compile.BusProxy;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.property.RawProperties;
import dev.sandbar.device.kernel.CgroupPrograms;
import dev.sandbar.device.kernel.EvidenceMarks;
import dev.sandbar.device.kernel.EvidenceMarks.Absent;
import dev.sandbar.device.kernel.EvidenceMarks.Marks;
import dev.sandbar.device.kernel.EvidenceMarks.Subject;
import dev.sandbar.device.kernel.KernelFactsReader;
import dev.sandbar.device.kernel.KernelFactsReader.Asked;
import dev.sandbar.device.kernel.ProcessReader;
import dev.sandbar.device.observe.CommonReader.Common;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.UnitReader;
import dev.sandbar.device.systemd.UnitReader.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the last observation of each unit was made of, and whether that is still the same. It finds
 * that something differs, never what: that shows when the unit is observed again.
 *
 * <p>It knows a unit only once what was observed of it was reported, so nothing that was observed
 * and not compared with what is declared is ever taken for how things should be.
 *
 * <p>For one thread at a time.
 */
final class QuickCheck {

  /** Where apps and the agent have sockets for apps. */
  private static final String AGENT = "/run/sandbar";

  /**
   * Types of units of which a property can be set while they are up and the manager signals nothing
   * (SetUnitProperties: of what has a cgroup). Of a target or a timer none can be, and what becomes
   * of their state is signalled.
   */
  private static final Set<String> SILENT = Set.of("slice", "socket", "mount");

  private final EvidenceMarks marks;
  private final KernelFactsReader kernel;
  private final List<CgroupPrograms> programs;
  private final CommonReader common;
  private final UnitDirectories directories;
  private final Map<UnitName, Known> known = new HashMap<>();

  /** Properties of units' own interfaces that were found to be those that were reported. */
  private final Map<UnitName, Same> same = new HashMap<>();

  /** Units that were reported; others count as changed. */
  private final Set<UnitName> reported = new HashSet<>();

  /** The mount table of the device at the last report of everything. */
  private String mounts = "";

  /** The same when everything was observed last. */
  private String unreported = "";

  private byte[] places = {};
  private Common shared = Common.NOTHING;

  /**
   * What a unit was made of.
   *
   * @param said by the manager
   * @param running its processes
   * @param mounts the mount table of the main process
   * @param files its files
   * @param stamps of these
   * @param hides whether all that it hides is hidden, or not there
   * @param absent what it hides and is not there
   * @param plain whether little reaches it from outside
   */
  record Known(
      Subject subject,
      Marks marks,
      Said said,
      List<ProcessReader.Seen> running,
      String mounts,
      List<String> files,
      byte[] stamps,
      boolean hides,
      List<Absent> absent,
      boolean plain,
      ObservedUnit observed) {}

  /** Properties of a unit's own interface, and all of them: what the one says the other does. */
  private record Same(RawProperties own, RawProperties all) {}

  /** What the manager said of a unit, and what follows from that. */
  record Said(RawProperties properties, List<String> hidden, Asked asked) {}

  QuickCheck(
      EvidenceMarks marks,
      KernelFactsReader kernel,
      Optional<CgroupPrograms> programs,
      CommonReader common,
      UnitDirectories directories) {
    this.marks = marks;
    this.kernel = kernel;
    this.programs = programs.stream().toList();
    this.common = common;
    this.directories = directories;
  }

  /** To be called before the evidence of a unit is read. */
  Marks read(Subject subject) {
    return marks.read(subject);
  }

  /** The unit was observed. */
  void keep(
      Subject subject,
      Marks before,
      Said said,
      List<ProcessReader.Seen> running,
      ObservedUnit observed) {
    String mounts = running.isEmpty() ? "" : kernel.mountTable(subject.controlGroup());
    Known previous = known.get(observed.name());
    if (previous != null && !isWatchedStill(previous, subject, running, mounts)) {
      marks.unwatchMounts(previous.subject().controlGroup());
    }
    var files = new ArrayList<String>();
    for (ObservedUnit.File file : observed.files()) {
      files.add(directories.onDisk(file.path()).toString());
    }
    Optional<List<Absent>> absent =
        running.isEmpty()
            ? Optional.of(List.of())
            : marks.absent(running.getFirst(), said.hidden(), observed.kernel().mounts());
    known.put(
        observed.name(),
        new Known(
            subject,
            before,
            said,
            List.copyOf(running),
            mounts,
            List.copyOf(files),
            marks.stamps(files),
            absent.isPresent(),
            absent.orElse(List.of()),
            isPlain(observed.kernel(), said.asked()),
            observed));
    reported.remove(observed.name());
  }

  /**
   * Whether the watch of what was kept before holds for what is kept now. It has gone on since, so
   * a change that was undone meanwhile shows too.
   */
  private static boolean isWatchedStill(
      Known previous, Subject subject, List<ProcessReader.Seen> running, String mounts) {
    return !running.isEmpty()
        && !previous.running().isEmpty()
        && previous.subject().controlGroup().equals(subject.controlGroup())
        && directory(previous.running()).equals(directory(running))
        && previous.mounts().equals(mounts);
  }

  private void watch(Known last) {
    if (!last.running().isEmpty() && !marks.watchesMounts(pid(last), last.subject())) {
      marks.watchMounts(pid(last), last.mounts(), last.observed().kernel());
    }
  }

  /**
   * Whether nothing reaches an app from outside but processes that enter its namespaces, and
   * devices: no socket, filter, setting or network of its own, and no image.
   */
  private static boolean isPlain(KernelFacts facts, Asked about) {
    return about.namespaces().isEmpty()
        && !about.links()
        && !about.firewall()
        && about.settings().isEmpty()
        && about.mounts().isEmpty()
        && about.rooms().isEmpty()
        && about.paths().stream().noneMatch(path -> path.startsWith(AGENT))
        && about.paths().stream().noneMatch(path -> BusProxy.Instance.of(path).isPresent())
        && !KernelFactsReader.isOnFiles(facts);
  }

  private static int pid(Known last) {
    return Integer.parseInt(directory(last.running()));
  }

  private static String directory(List<ProcessReader.Seen> running) {
    return running.getFirst().directory().getFileName().toString();
  }

  /** Everything is being observed; these are all units there are. */
  void begin(Collection<UnitName> units) {
    unreported = kernel.mountTable();
    known.forEach(
        (unit, last) -> {
          if (!units.contains(unit)) {
            marks.unwatchMounts(last.subject().controlGroup());
          }
        });
    known.keySet().retainAll(units);
    same.keySet().retainAll(units);
    reported.retainAll(units);
  }

  /**
   * What was observed is now compared with what is declared, and reported.
   *
   * @param everything whether all units were
   */
  void confirm(Observation seen, boolean everything) {
    seen.units()
        .forEach(
            (unit, observed) -> {
              Known last = known.get(unit);
              if (last != null && last.observed() == observed && reported.add(unit)) {
                watch(last);
              }
            });
    if (everything) {
      mounts = unreported;
      places = marks.stamps(common.files());
      shared = Common.of(seen);
    }
  }

  /**
   * Reads everything again that nothing signals, and compares it.
   *
   * @param reader by which the manager was asked
   * @return units of which something differs; empty if something does that concerns every unit
   */
  Optional<SortedSet<UnitName>> changed(UnitReader reader) {
    if (!isSameAround(reader)) {
      return Optional.empty();
    }
    programs.forEach(CgroupPrograms::begin);
    SortedSet<UnitName> changed = changed();
    // What comes to an app from outside can mean that others have to be restarted.
    return isSameOutside(changed) && changed.stream().allMatch(UnitName::isService)
        ? Optional.of(changed)
        : Optional.empty();
  }

  private boolean isSameAround(UnitReader reader) {
    List<UnitName> silent =
        known.keySet().stream().filter(it -> SILENT.contains(it.type())).toList();
    var differing = new TreeSet<UnitName>();
    reader.read(
        silent,
        _ -> Part.OWN,
        (unit, properties) -> {
          if (!isSame(unit, properties)) {
            differing.add(unit);
          }
        });
    return differing.isEmpty()
        && marks.hasMounts(mounts)
        && Arrays.equals(places, marks.stamps(common.files()))
        && shared.equals(common.read());
  }

  private boolean isSame(UnitName unit, RawProperties own) {
    Known last = known.get(unit);
    if (last == null) {
      return false;
    }
    RawProperties all = last.said().properties();
    Same before = same.get(unit);
    // The reader gives the same object for the same answer.
    if (before != null && before.own() == own && before.all() == all) {
      return true;
    }
    boolean holds = !own.isEmpty() && all.entrySet().containsAll(own.entrySet());
    if (holds) {
      same.put(unit, new Same(own, all));
    }
    return holds;
  }

  private SortedSet<UnitName> changed() {
    var changed = new TreeSet<UnitName>();
    var asked = new HashMap<Absent, Boolean>();
    Set<String> unchanged = marks.unchangedMounts();
    known.forEach(
        (unit, last) -> {
          if (!reported.contains(unit) || !isSame(last, unchanged, asked)) {
            changed.add(unit);
          }
        });
    return changed;
  }

  /** Whether what is around those that have not changed themselves is the same. */
  private boolean isSameOutside(SortedSet<UnitName> changed) {
    var passedOver = new HashSet<String>();
    if (changed.isEmpty()) {
      // They are in the namespaces in which they were.
      known
          .values()
          .forEach(
              last ->
                  last.running()
                      .forEach(it -> passedOver.add(it.directory().getFileName().toString())));
    }
    kernel.begin(passedOver);
    boolean same =
        known.entrySet().stream()
            .filter(it -> !changed.contains(it.getKey()))
            .map(Map.Entry::getValue)
            .allMatch(it -> it.subject().controlGroup().isEmpty() || isAsBefore(it));
    kernel.end();
    return same;
  }

  private boolean hasMounts(Known last) {
    if (!marks.hasMounts(pid(last), last.mounts())) {
      return false;
    }
    // What came is gone again.
    watch(last);
    return true;
  }

  private boolean isAsBefore(Known last) {
    KernelFacts facts = last.observed().kernel();
    return last.plain()
        ? kernel.isAsBefore(facts, last.running(), last.said().asked().devices())
        : kernel.isAsBefore(facts, last.running(), last.said().asked());
  }

  private boolean isSame(Known last, Set<String> unchanged, Map<Absent, Boolean> asked) {
    if (!Arrays.equals(last.stamps(), marks.stamps(last.files()))) {
      return false;
    }
    if (last.running().isEmpty()) {
      return marks.isSame(last.marks(), last.subject(), 0);
    }
    int pid = pid(last);
    return marks.isSame(last.marks(), last.subject(), pid)
        && (unchanged.contains(last.subject().controlGroup()) || hasMounts(last))
        && last.hides()
        && marks.areAbsent(pid, last.absent(), asked);
  }

  /** Watches nothing any more. */
  void close() {
    marks.close();
  }
}
