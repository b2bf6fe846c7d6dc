package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.Step;
import dev.sandbar.device.store.ImageStore.Stored;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes a plan.
 *
 * <pre>
 * verify the text of every file to be written; a unit with a fault gets none of its steps
 * for each step in the order of the plan
 *   do it; neighbouring jobs are enqueued together, so that systemd runs them in parallel
 *   after the reload: every written unit must read back as compiled, before anything is started
 *   after the jobs:   the kernel must show what the unit says
 * take back every app that failed anywhere: former text or none, one reload, former version started;
 *   one that is being removed stays as far removed as it is, and the units that all apps stand on are
 *   never stopped
 * </pre>
 *
 * <p>One unit's fault never stops another's steps. A crash at any point leaves files that are
 * whole, and the next round of the loop finds out what is missing by looking.
 */
public final class Applier {
  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

  /** Longer than systemd's own default for starting and stopping one unit (90 s). */
  private static final Duration JOB_DEADLINE = Duration.ofSeconds(100);

  private final Machine machine;
  private final UnitFiles unitFiles;

  /** Works on this machine. */
  public Applier(Machine machine) {
    this.machine = machine;
    this.unitFiles = new UnitFiles(machine);
  }

  /**
   * Does it.
   *
   * @param inspector compares units with what the plan wants
   * @param former what to go back to
   * @return what became of every unit that the plan names
   */
  public SortedMap<UnitName, Outcome> apply(Plan plan, Inspector inspector, Former former) {
    var round = new Round(plan, inspector, former);
    round.execute();
    Map<UnitName, TakeBack.Reached> touched = round.touched();
    if (!touched.isEmpty()) {
      new TakeBack(machine, unitFiles).run(touched, former.texts());
    }
    return round.outcomes();
  }

  /** Has systemd put the filters of all apps in place again ({@link Systemd#refreshFilters}). */
  public void refreshFilters() {
    machine.systemd().refreshFilters();
  }

  /** One execution of one plan. */
  private final class Round {
    private final Plan plan;
    private final Inspector inspector;
    private final Former former;
    private final SortedMap<UnitName, Outcome> failed = new TreeMap<>();
    private final SequencedSet<UnitName> written = new LinkedHashSet<>();
    private final SequencedSet<UnitName> started = new LinkedHashSet<>();
    private final SequencedSet<UnitName> live = new LinkedHashSet<>();

    Round(Plan plan, Inspector inspector, Former former) {
      this.plan = plan;
      this.inspector = inspector;
      this.former = former;
    }

    void execute() {
      verify();
      List<Step> steps = plan.steps();
      int next = 0;
      while (next < steps.size()) {
        Step step = steps.get(next);
        if (isJob(step)) {
          int end = endOfRun(steps, next, Applier::isJob);
          runJobs(steps.subList(next, end));
          next = end;
        } else if (step instanceof Plan.Enable) {
          int end = endOfRun(steps, next, Plan.Enable.class::isInstance);
          enable(steps.subList(next, end));
          next = end;
        } else {
          if (UnitOf.step(step).filter(failed::containsKey).isEmpty()) {
            attempt(step);
          }
          next++;
        }
      }
      if (!live.isEmpty()) {
        attempt(new Plan.Reload("settings made live are in the unit files"));
      }
      if (!started.isEmpty() || !live.isEmpty()) {
        evidence();
      }
    }

    /** Links cost systemd a scan of its directories per call, so there is one call for all. */
    private void enable(List<Step> steps) {
      var units = new ArrayList<UnitName>();
      for (Step step : steps) {
        UnitOf.step(step).filter(unit -> !failed.containsKey(unit)).ifPresent(units::add);
        LOG.info("action=Enable {}", Described.step(step));
      }
      if (units.isEmpty()) {
        return;
      }
      try {
        link(units);
      } catch (SystemdException e) {
        // systemd does not say whose fault it was.
        units.forEach(this::enableAlone);
      }
    }

    private void enableAlone(UnitName unit) {
      try {
        link(List.of(unit));
      } catch (SystemdException e) {
        fail(unit, "enable", String.valueOf(e.getMessage()));
      }
    }

    private void link(List<UnitName> units) {
      machine.systemd().unmask(units);
      machine.systemd().enable(units);
    }

    private void verify() {
      var texts = new TreeMap<UnitName, String>();
      for (Step step : plan.steps()) {
        if (step instanceof Plan.Write(var unit, var text, _)) {
          texts.put(unit, text);
        }
      }
      unitFiles.faults(texts).forEach((unit, fault) -> fail(unit, "verify", fault));
    }

    private void attempt(Step step) {
      try {
        perform(step);
      } catch (IOException | SystemdException e) {
        String where = step.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        String why = WriteFailure.explain(e);
        UnitOf.step(step)
            .ifPresentOrElse(
                unit -> fail(unit, where, why),
                () -> written.forEach(unit -> fail(unit, where, why)));
      }
    }

    private void perform(Step step) throws IOException {
      LOG.info("action={} {}", step.getClass().getSimpleName(), Described.step(step));
      switch (step) {
        case Plan.StoreImage(var app, var source, var digest, _) -> {
          if (machine.images().add(source, digest) instanceof Stored.Refused(var message)) {
            fail(UnitName.of(app), "image", message);
          }
        }
        case Plan.Write(var unit, var text, _) -> {
          unitFiles.write(unit, text);
          written.add(unit);
        }
        case Plan.Remove(var unit, var path, _) -> {
          unitFiles.remove(path);
          written.add(unit);
        }
        case Plan.Reload _ -> {
          machine.systemd().reload();
          readBack();
        }
        case Plan.Disable(var unit, _) -> machine.systemd().disable(unit);
        case Plan.LiveSet(var unit, var names, _) -> {
          unitFiles.setLive(unit, names);
          live.add(unit);
        }
        case Plan.RemoveImage(var digest, _) -> machine.images().remove(digest);
        case Plan.RemoveState(var app, _) -> unitFiles.removeState(app);
        case Plan.Enable _, Plan.Start _, Plan.Restart _, Plan.Stop _ ->
            throw new AssertionError("done together");
      }
    }

    /** Nothing is started that the manager has not loaded exactly as it was compiled. */
    private void readBack() {
      var units =
          written.stream().filter(u -> u.app().isPresent() && !failed.containsKey(u)).toList();
      refuse(units, d -> d.layer() == Layer.MANAGER || d.layer() == Layer.FILE, "read-back");
    }

    private void runJobs(List<Step> steps) {
      var jobs = new ArrayList<Job>();
      for (Step step : steps) {
        switch (step) {
          case Plan.Start(var unit, _) -> jobs.add(new Job(Verb.START, unit));
          case Plan.Restart(var unit, _) -> jobs.add(new Job(Verb.RESTART, unit));
          case Plan.Stop(var unit, _) -> jobs.add(new Job(Verb.STOP, unit));
          default -> throw new AssertionError("not a job: " + step);
        }
        LOG.info("action={} {}", step.getClass().getSimpleName(), Described.step(step));
      }
      jobs.removeIf(job -> failed.containsKey(job.unit()));
      for (Job job : jobs) {
        if (job.verb() != Verb.STOP) {
          resetFailed(job.unit());
        }
      }
      for (JobOutcome outcome : machine.systemd().run(jobs, JOB_DEADLINE)) {
        UnitName unit = outcome.job().unit();
        if (outcome.job().verb() == Verb.STOP) {
          if (!outcome.done()) {
            fail(unit, "stop", "systemd could not stop it: " + outcome.result());
          }
          // A unit that has failed is forgotten only then.
          resetFailed(unit);
        } else {
          started.add(unit);
          if (!outcome.done()) {
            fail(unit, "start", new StartFailure(machine).explain(unit, outcome.result()));
          }
        }
      }
    }

    private void resetFailed(UnitName unit) {
      try {
        machine.systemd().resetFailed(unit);
      } catch (SystemdException e) {
        // Not loaded yet: then it has not failed either.
        LOG.debug("unit={} action=reset-failed {}", unit, e.getMessage());
      }
    }

    private void evidence() {
      var running =
          Stream.concat(started.stream(), live.stream())
              .filter(u -> u.app().isPresent() && !failed.containsKey(u))
              .toList();
      refuse(
          running,
          d -> d.layer() != Layer.STATE || !d.subject().equals("UnitFileState"),
          "evidence");
    }

    private void refuse(Collection<UnitName> units, Predicate<Difference> matters, String step) {
      if (units.isEmpty()) {
        return;
      }
      inspector
          .inspect(units)
          .forEach(
              (unit, differences) -> {
                List<Difference> bad = differences.stream().filter(matters).toList();
                if (!bad.isEmpty() && units.contains(unit)) {
                  fail(unit, step, Described.differences(bad));
                }
              });
    }

    private void fail(UnitName unit, String step, String message) {
      boolean back = former.isTakenBack(unit);
      LOG.warn("unit={} action={} step={} {}", unit, back ? "take-back" : "retry", step, message);
      failed.putIfAbsent(
          unit,
          back ? new Outcome.TakenBack(step, message) : new Outcome.Unfinished(step, message));
    }

    /** How far it came with each failed unit that is taken back. */
    Map<UnitName, TakeBack.Reached> touched() {
      return failed.keySet().stream()
          .filter(former::isTakenBack)
          .collect(Collectors.toMap(unit -> unit, this::reached));
    }

    private TakeBack.Reached reached(UnitName unit) {
      if (started.contains(unit) || live.contains(unit)) {
        return TakeBack.Reached.PROCESS;
      }
      return written.contains(unit) ? TakeBack.Reached.FILES : TakeBack.Reached.NOTHING;
    }

    SortedMap<UnitName, Outcome> outcomes() {
      var outcomes = new TreeMap<UnitName, Outcome>();
      for (Step step : plan.steps()) {
        UnitOf.step(step).ifPresent(unit -> outcomes.put(unit, new Outcome.Done()));
      }
      outcomes.putAll(failed);
      return outcomes;
    }
  }

  private static int endOfRun(List<Step> steps, int from, Predicate<Step> same) {
    int end = from;
    while (end < steps.size() && same.test(steps.get(end))) {
      end++;
    }
    return end;
  }

  private static boolean isJob(Step step) {
    return step instanceof Plan.Start || step instanceof Plan.Restart || step instanceof Plan.Stop;
  }
}
