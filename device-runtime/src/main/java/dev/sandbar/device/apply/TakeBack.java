package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts apps back to the version that was good, or to nothing when there never was one; a service of
 * the device goes on without a drop-in then. Of the units that all apps stand on only the text is
 * put back: stopping one would stop every app (PartOf).
 */
final class TakeBack {
  private static final Logger LOG = LoggerFactory.getLogger(TakeBack.class);

  /** How much of a unit was changed before it failed. */
  enum Reached {
    NOTHING,
    /** Only files: what runs, runs as before. */
    FILES,
    PROCESS
  }

  private final Machine machine;
  private final UnitFileWriter unitFiles;
  private final OpenJobs open;
  private final Timers timers;

  TakeBack(Machine machine, UnitFileWriter unitFiles, OpenJobs open) {
    this.machine = machine;
    this.unitFiles = unitFiles;
    this.open = open;
    this.timers = new Timers(machine);
  }

  /**
   * Does it, as far as it goes: whatever fails here is logged, and the next round of the loop tries
   * again.
   *
   * @param units to how far it came with them
   * @param former text of the version to go back to
   */
  void run(Map<UnitName, Reached> units, Map<UnitName, String> former) {
    var stop = new ArrayList<Job>();
    var ended = new ArrayList<Job>();
    var start = new ArrayList<Job>();
    var bare = new ArrayList<UnitName>();
    var rewrite = new TreeMap<UnitName, String>();
    var scheduled = new TreeSet<UnitName>();
    boolean changed = false;
    for (var entry : units.entrySet()) {
      UnitName unit = entry.getKey();
      if (entry.getValue() == Reached.NOTHING) {
        continue;
      }
      changed = true;
      String text = former.get(unit);
      LOG.info("unit={} action=roll-back to={}", unit, text == null ? "nothing" : "last-good");
      if (text != null) {
        rewrite.put(unit, text);
      }
      if (!timers.of(unit).isEmpty()) {
        scheduled.add(unit);
        // With what starts it now; what is written back says what does from then on.
        quietly(unit, () -> Links.remove(machine, unit));
        timers.of(unit).forEach(timer -> quietly(unit, () -> timers.stop(timer)));
      }
      if (!unit.isService()) {
        continue;
      }
      if (UnitFiles.isAdopted(unit)) {
        if (text == null) {
          bare.add(unit);
        }
        // What was down is not started.
        if (entry.getValue() == Reached.PROCESS) {
          start.add(new Job(Verb.RESTART, unit));
        }
        continue;
      }
      if (text == null) {
        stop.add(new Job(Verb.STOP, unit));
      } else {
        if (entry.getValue() == Reached.PROCESS && unitFiles.stopsOtherwise(unit, text)) {
          // It ends by its own commands, which are loaded only until the text is written back.
          ended.add(new Job(Verb.STOP, unit));
        }
        // A start does nothing to a unit that runs.
        start.add(new Job(entry.getValue() == Reached.PROCESS ? Verb.RESTART : Verb.START, unit));
      }
    }
    if (!changed) {
      return;
    }
    jobs(Stream.concat(stop.stream(), ended.stream()).toList());
    // One that does not stop at once keeps its unit, whose limit ends it; a later round goes on.
    stop.removeIf(job -> open.contains(job.unit()));
    for (Job job : stop) {
      quietly(job.unit(), () -> Links.remove(machine, job.unit()));
      quietly(job.unit(), () -> unitFiles.removeOwn(job.unit()));
    }
    bare.forEach(unit -> quietly(unit, () -> unitFiles.removeOwn(unit)));
    rewrite.forEach((unit, text) -> quietly(unit, () -> unitFiles.write(unit, text)));
    scheduled.retainAll(rewrite.keySet());
    for (UnitName unit : scheduled) {
      quietly(unit, () -> machine.systemd().enable(List.of(unit)));
    }
    quietly(UnitName.SLICE, () -> machine.systemd().reload());
    for (Job job : stop) {
      quietly(job.unit(), () -> machine.systemd().resetFailed(job.unit()));
    }
    // Of one that its timer starts only what has been started is ended.
    start.replaceAll(
        job ->
            timers.of(job.unit()).stream().anyMatch(timers::isEnabled)
                ? new Job(Verb.STOP, job.unit())
                : job);
    for (Job job : start) {
      quietly(job.unit(), () -> machine.systemd().resetFailed(job.unit()));
    }
    jobs(start);
    for (UnitName unit : scheduled) {
      timers.of(unit).stream()
          .filter(timers::isEnabled)
          .forEach(timer -> quietly(unit, () -> timers.start(unit, timer)));
    }
  }

  private void jobs(List<Job> jobs) {
    for (JobOutcome outcome : open.run(jobs, false)) {
      if (!outcome.done() && !outcome.isRunning()) {
        LOG.warn(
            "unit={} action=roll-back {} ended as {}",
            outcome.job().unit(),
            outcome.job().verb(),
            outcome.result());
      }
    }
  }

  private static void quietly(UnitName unit, Action action) {
    try {
      action.run();
    } catch (IOException | SystemdException e) {
      LOG.warn("unit={} action=roll-back {}", unit, e.getMessage());
    }
  }

  private interface Action {
    void run() throws IOException;
  }
}
