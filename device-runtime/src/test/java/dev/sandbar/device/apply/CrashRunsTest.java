package dev.sandbar.device.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.Step;
import dev.sandbar.core.plan.Subject;
import dev.sandbar.device.apply.CrashingDisk.Crash;
import dev.sandbar.device.apply.CrashingDisk.Fault;
import dev.sandbar.device.fetch.ImageFetch;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.SystemdAnalyze;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Changes of three apps, each with one fault at one step: afterwards every unit is the old or the
 * new one, and the next rounds finish the change. What applies the plans, writes the files and
 * clears up after a crash is the real code; systemd and the planner are models, so that the runs
 * can be many. {@code CrashTest} kills an agent on a real systemd.
 */
class CrashRunsTest {

  private static final int RUNS = Integer.getInteger("sandbar.crash.runs", 200);
  private static final long SEED = Long.getLong("sandbar.crash.seed", 1);
  private static final int MOST_ROUNDS = 6;

  private static final List<UnitName> UNITS =
      Stream.of("alpha", "beta", "gamma").map(name -> UnitName.own(new AppName(name))).toList();

  /** What becomes of an app in a run. */
  private enum Change {
    NONE,
    INSTALL,
    UPDATE,
    /** A first version that does not start, so that it is taken off the device again. */
    INSTALL_BROKEN,
    /** A new version that does not start, so that it is rolled back. */
    UPDATE_BROKEN,
    REMOVE
  }

  @Test
  void everyUnitIsTheOldOrTheNewOneWhateverHappensAtWhichStep() throws IOException {
    var tried = new EnumMap<Fault, Integer>(Fault.class);
    int met = 0;
    for (int run = 0; run < RUNS; run++) {
      var random = new Random(SEED * 1_000_003 + run);
      Fault fault = Fault.values()[1 + run % (Fault.values().length - 1)];
      Path root = Files.createTempDirectory("sandbar-crash");
      try {
        met += new Run("seed %d, run %d, %s".formatted(SEED, run, fault), root, random).with(fault);
        tried.merge(fault, 1, Integer::sum);
      } finally {
        delete(root);
      }
    }
    System.out.printf("crash runs: %d, faults met: %d, by kind: %s%n", RUNS, met, tried);
    assertThat(met).as("runs that met their fault").isGreaterThan(RUNS / 2);
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** One run. */
  private static final class Run {
    private final String what;
    private final Path root;
    private final Random random;
    private final Path units;
    private final SortedMap<UnitName, Change> changes = new TreeMap<>();

    /** Texts of the old version, and of the new one: none if there is none. */
    private final SortedMap<UnitName, String> old = new TreeMap<>();

    private final SortedMap<UnitName, String> desired = new TreeMap<>();

    Run(String what, Path root, Random random) {
      this.what = what;
      this.root = root;
      this.random = random;
      this.units = root.resolve("etc/systemd/system");
    }

    /** 1 if the fault was met, 0 if the change had fewer steps. */
    int with(Fault fault) throws IOException {
      Files.createDirectories(units);
      var setUp = new ModelSystemd(root, () -> {});
      for (UnitName unit : UNITS) {
        Change change = Change.values()[random.nextInt(Change.values().length)];
        changes.put(unit, change);
        switch (change) {
          case NONE -> before(unit, true);
          case INSTALL -> desired.put(unit, text(unit, "new"));
          case INSTALL_BROKEN -> desired.put(unit, text(unit, ModelSystemd.BROKEN));
          case UPDATE -> {
            before(unit, false);
            desired.put(unit, text(unit, "new"));
          }
          case UPDATE_BROKEN -> {
            before(unit, false);
            desired.put(unit, text(unit, ModelSystemd.BROKEN));
          }
          case REMOVE -> before(unit, false);
        }
      }
      setUp.enable(old.keySet());
      var disk = new CrashingDisk(root, fault, 1 + random.nextInt(40), random);
      var systemd = new ModelSystemd(root, disk::called);
      disk.onSystemd(fault == Fault.SYSTEMD_LATE ? systemd::answerLate : systemd::die);
      systemd.reboot();

      boolean met;
      try (Applier applier = new Applier(machine(disk, systemd), _ -> {})) {
        round(applier, systemd);
        met = disk.isMet();
        oldOrNew("after the fault");
        disk.heal();
        systemd.recover();
        finish(applier, systemd);
      } catch (Crash crash) {
        met = true;
        disk.afterCrash();
        oldOrNew("after the crash");
        if (fault == Fault.POWER_CUT) {
          systemd.reboot();
          runningAgain(systemd);
        }
        Machine machine = machine(disk, systemd);
        Leftovers.clear(machine);
        try (Applier next = new Applier(machine, _ -> {})) {
          finish(next, systemd);
        }
      }
      return met ? 1 : 0;
    }

    private void before(UnitName unit, boolean stays) throws IOException {
      String text = text(unit, "old");
      old.put(unit, text);
      Files.writeString(units.resolve(unit.value()), text);
      if (stays) {
        desired.put(unit, text);
      }
    }

    private static String text(UnitName unit, String version) {
      String app = unit.ownApp().map(AppName::value).orElse("");
      return """
      # Written by Sandbar from the AppSandbox %s.
      [Service]
      %s
      """
          .formatted(app, version.startsWith("ExecStart") ? version : "ExecStart=/bin/" + version);
    }

    private Machine machine(CrashingDisk disk, ModelSystemd systemd) {
      return new Machine(
          root,
          systemd,
          new SystemdAnalyze(List.of("/bin/true")),
          disk.files(),
          new UnitDirectories(root),
          new ImageStore(root),
          new ImageFetch(root, new ImageStore(root), DeviceSettings.DEFAULT));
    }

    /** As an agent does it: what was left open is taken in, what differs is planned and applied. */
    private boolean round(Applier applier, ModelSystemd systemd) throws IOException {
      var leaving = new TreeSet<UnitName>();
      changes.forEach(
          (unit, change) -> {
            if (change == Change.REMOVE) {
              leaving.add(unit);
            }
          });
      var texts = new TreeMap<>(old);
      texts.keySet().removeAll(leaving);
      var former = new Former(texts, leaving);
      Inspector inspector = names -> differences(names, systemd);
      remember(applier.conclude(inspector, former));
      Plan plan = plan(systemd);
      if (plan.isEmpty()) {
        return true;
      }
      remember(applier.apply(plan, inspector, former));
      return false;
    }

    /** A version that fell over is not the newest that can be had any more. */
    private void remember(SortedMap<UnitName, Outcome> outcomes) {
      outcomes.forEach(
          (unit, outcome) -> {
            boolean broken = desired.getOrDefault(unit, "").contains(ModelSystemd.BROKEN);
            if (broken && outcome instanceof Outcome.TakenBack(var step, _, _) && isStart(step)) {
              desired.remove(unit);
              if (old.get(unit) instanceof String text) {
                desired.put(unit, text);
              }
            }
          });
    }

    private static boolean isStart(String step) {
      return step.equals("start") || step.equals("evidence");
    }

    private void finish(Applier applier, ModelSystemd systemd) throws IOException {
      for (int round = 1; round <= MOST_ROUNDS; round++) {
        if (round(applier, systemd)) {
          converged(systemd);
          return;
        }
      }
      assertThat(plan(systemd).steps()).as("%s %s: does not converge", what, changes).isEmpty();
    }

    private void converged(ModelSystemd systemd) throws IOException {
      for (UnitName unit : UNITS) {
        String text = desired.getOrDefault(unit, "");
        String as = what + " " + changes + " " + unit;
        assertThat(onDisk(unit)).as(as).isEqualTo(text);
        assertThat(systemd.loaded(unit)).as(as).isEqualTo(text);
        assertThat(systemd.running(unit)).as(as).isEqualTo(text);
        assertThat(Files.isSymbolicLink(systemd.link(unit))).as(as).isEqualTo(!text.isEmpty());
      }
      try (Stream<Path> files = Files.walk(root)) {
        assertThat(files.map(Path::toString).filter(it -> it.endsWith(".sandbar-new")))
            .as(what)
            .isEmpty();
      }
    }

    private String onDisk(UnitName unit) throws IOException {
      Path file = units.resolve(unit.value());
      return Files.exists(file) ? Files.readString(file) : "";
    }

    private void oldOrNew(String when) throws IOException {
      for (UnitName unit : UNITS) {
        Change change = changes.getOrDefault(unit, Change.NONE);
        var legal = new ArrayList<String>();
        legal.add(old.getOrDefault(unit, ""));
        switch (change) {
          case NONE, REMOVE -> legal.add(change == Change.REMOVE ? "" : text(unit, "old"));
          case INSTALL, UPDATE -> legal.add(text(unit, "new"));
          case INSTALL_BROKEN, UPDATE_BROKEN -> legal.add(text(unit, ModelSystemd.BROKEN));
        }
        assertThat(onDisk(unit)).as("%s %s %s %s", what, when, unit, change).isIn(legal);
      }
    }

    /** Before any agent: what ran and stays declared runs again, the old or the new version. */
    private void runningAgain(ModelSystemd systemd) {
      for (UnitName unit : UNITS) {
        switch (changes.getOrDefault(unit, Change.NONE)) {
          case NONE, UPDATE -> assertThat(systemd.running(unit)).as(what).isNotEmpty();
          case INSTALL, INSTALL_BROKEN, UPDATE_BROKEN, REMOVE -> {}
        }
      }
    }

    /** The planner's order: removals, files, links, reload, jobs. */
    private Plan plan(ModelSystemd systemd) throws IOException {
      var stops = new ArrayList<Step>();
      var files = new ArrayList<Step>();
      var jobs = new ArrayList<Step>();
      for (UnitName unit : UNITS) {
        String text = desired.getOrDefault(unit, "");
        boolean linked = Files.isSymbolicLink(systemd.link(unit));
        String found = onDisk(unit);
        if (text.isEmpty()) {
          if (!systemd.running(unit).isEmpty()) {
            stops.add(new Plan.Stop(unit, what));
          }
          if (linked) {
            stops.add(new Plan.Disable(unit, what));
          }
          if (!found.isEmpty()) {
            files.add(new Plan.Remove(unit, UnitDirectories.OWN + "/" + unit, what));
          }
          if (!systemd.loaded(unit).isEmpty()) {
            jobs.addFirst(new Plan.Reload(what));
          }
          continue;
        }
        if (!found.equals(text)) {
          files.add(new Plan.Write(unit, text, what));
        }
        if (!linked) {
          files.add(new Plan.Enable(unit, what));
        }
        if (!systemd.loaded(unit).equals(text)) {
          jobs.addFirst(new Plan.Reload(what));
        }
        if (systemd.running(unit).isEmpty()) {
          jobs.add(new Plan.Start(unit, what));
        } else if (!systemd.running(unit).equals(text)) {
          jobs.add(new Plan.Restart(unit, what));
        }
      }
      var steps = new ArrayList<>(stops);
      steps.addAll(files);
      if (!files.isEmpty() && jobs.stream().noneMatch(Plan.Reload.class::isInstance)) {
        steps.add(new Plan.Reload(what));
      }
      steps.addAll(jobs);
      return new Plan(steps);
    }

    private Map<UnitName, List<Difference>> differences(
        Collection<UnitName> names, ModelSystemd systemd) {
      var found = new TreeMap<UnitName, List<Difference>>();
      for (UnitName unit : names) {
        String text = desired.getOrDefault(unit, "");
        var all = new ArrayList<Difference>();
        if (!systemd.loaded(unit).equals(text)) {
          all.add(new Difference(unit, Subject.Loading.GENERATION, "the new one", "another"));
        }
        if (!systemd.running(unit).equals(text)) {
          all.add(new Difference(unit, Subject.Processes.GENERATION, "the new one", "another"));
        }
        if (!all.isEmpty()) {
          found.put(unit, all);
        }
      }
      return found;
    }
  }
}
