package dev.sandbar.device.apply;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.device.store.FileStore;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts another content in the place of files that a running app sees, and has it read them again.
 * Until it has, the store says that the files are not as declared: what a crash or a failed reload
 * leaves is done once more. A reload that takes long is left open like any other job.
 */
final class FileSwap {

  private final Machine machine;
  private final OpenJobs jobs;

  /** What apps have been asked to read, and have not yet. */
  private final Map<UnitName, List<AppFile>> reading = new HashMap<>();

  FileSwap(Machine machine, OpenJobs jobs) {
    this.machine = machine;
    this.jobs = jobs;
  }

  /** Writes the files of one step; its app is to be reloaded. */
  void write(Plan.SwapFiles step) throws IOException {
    FileStore store = store();
    for (AppFile file : step.files()) {
      store.begin(file);
    }
    for (AppFile file : step.files()) {
      store.put(file);
    }
    reading.put(step.unit(), step.files());
  }

  /**
   * Reloads apps whose files were written.
   *
   * @return how each reload ended, or that it goes on
   */
  List<JobOutcome> reload(List<UnitName> units) {
    return jobs.run(units.stream().map(unit -> new Job(Verb.RELOAD, unit)).toList(), true);
  }

  /** The app has read its files, or its reload is what has failed of it. */
  void end(JobOutcome outcome, PlanTally tally) {
    UnitName unit = outcome.job().unit();
    List<AppFile> files = Optional.ofNullable(reading.remove(unit)).orElse(List.of());
    if (!outcome.done()) {
      tally.fail(
          unit,
          "reload",
          "run.reload has ended as '%s'; look at 'journalctl -u %s'"
              .formatted(outcome.result(), unit));
      return;
    }
    try {
      FileStore store = store();
      for (AppFile file : files) {
        store.end(file);
      }
    } catch (IOException e) {
      tally.fail(unit, "reload", WriteFailure.explain(e));
    }
  }

  private FileStore store() {
    return FileStore.of(machine.root(), machine.files());
  }
}
