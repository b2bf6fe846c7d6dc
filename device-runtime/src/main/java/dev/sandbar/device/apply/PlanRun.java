package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.Step;
import dev.sandbar.core.plan.Subject;
import dev.sandbar.device.store.FileStore;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One execution of one plan, or the end of jobs that an earlier one left open. Units with an open
 * job or a long step get none of the later steps.
 */
final class PlanRun {
  private static final Logger LOG = LoggerFactory.getLogger(PlanRun.class);

  private final Machine machine;
  private final UnitFileWriter unitFiles;
  private final OpenJobs jobs;
  private final LongSteps slow;
  private final FileSwap swap;
  private final SliceFilter sliceFilter;
  private final Inspector inspector;
  private final Former former;
  private final PlanTally tally;
  private final SequencedSet<UnitName> hidden = new LinkedHashSet<>();
  private final RuleLoading rules;
  private final Timers timers;

  /** What is started anew with an app, by the unit of the app. */
  private final SortedMap<UnitName, SequencedSet<UnitName>> beside = new TreeMap<>();

  PlanRun(
      Machine machine,
      UnitFileWriter unitFiles,
      OpenJobs jobs,
      LongSteps slow,
      FileSwap swap,
      SliceFilter sliceFilter,
      Inspector inspector,
      Former former) {
    this.machine = machine;
    this.rules = new RuleLoading(machine.systemd());
    this.timers = new Timers(machine);
    this.unitFiles = unitFiles;
    this.jobs = jobs;
    this.slow = slow;
    this.swap = swap;
    this.sliceFilter = sliceFilter;
    this.inspector = new ArrivedInspector(inspector);
    this.former = former;
    this.tally = new PlanTally(former);
  }

  /** Takes in what has ended since. */
  void conclude() {
    takeSlow(slow.units());
    for (OpenJobs.Ended ended : jobs.takeEnded()) {
      if (ended.outcome().isUnknown()) {
        // Whoever connects next finds out by looking.
        continue;
      }
      if (ended.judged()) {
        judge(ended.outcome());
      } else if (!ended.outcome().done()) {
        LOG.warn(
            "unit={} action=roll-back {} ended as {}",
            ended.outcome().job().unit(),
            ended.outcome().job().verb(),
            ended.outcome().result());
      }
    }
    if (!tally.started().isEmpty() || !hidden.isEmpty()) {
      evidence();
    }
  }

  private void takeSlow(Collection<UnitName> units) {
    var ended = slow.takeEnded(units);
    ended.forEach((u, fault) -> fault.ifPresent(it -> tally.fail(u, it.step(), it.message())));
  }

  void execute(Plan plan) {
    verify(plan);
    List<Step> steps = plan.steps();
    int next = 0;
    while (next < steps.size()) {
      Step step = steps.get(next);
      if (step instanceof Plan.JobStep) {
        List<Plan.JobStep> some = run(steps, next, Plan.JobStep.class);
        runJobs(some);
        next += some.size();
      } else if (step instanceof Plan.LongStep) {
        List<Plan.LongStep> some = run(steps, next, Plan.LongStep.class);
        runSlow(some);
        next += some.size();
      } else if (step instanceof Plan.Enable) {
        List<Plan.Enable> some = run(steps, next, Plan.Enable.class);
        enable(some);
        next += some.size();
      } else if (step instanceof Plan.SwapFiles) {
        List<Plan.SwapFiles> some = run(steps, next, Plan.SwapFiles.class);
        swap(some);
        next += some.size();
      } else {
        if (UnitOf.step(step).filter(this::isLeftOut).isEmpty()) {
          attempt(step);
        }
        next++;
      }
    }
    if (!tally.live().isEmpty()) {
      attempt(new Plan.Reload("settings made live are in the unit files"));
    }
    if (!tally.started().isEmpty() || !tally.live().isEmpty() || !hidden.isEmpty()) {
      evidence();
    }
  }

  /** Links cost systemd a scan of its directories per call, so there is one call for all. */
  private void enable(List<Plan.Enable> steps) {
    var units = new ArrayList<UnitName>();
    for (Plan.Enable step : steps) {
      if (!isLeftOut(step.unit())) {
        units.add(step.unit());
        LOG.info("action=Enable {}", Described.step(step));
      }
    }
    new Links(machine, tally).make(units);
  }

  private void verify(Plan plan) {
    var texts = new TreeMap<UnitName, String>();
    for (Step step : plan.steps()) {
      if (step instanceof Plan.Write(var unit, var text, _)) {
        texts.put(unit, text);
      }
    }
    unitFiles.faults(texts).forEach((unit, fault) -> tally.fail(unit, "verify", fault));
    for (UnitName unit : Applier.units(plan)) {
      slow.hanging(unit).ifPresent(fault -> tally.fail(unit, fault.step(), fault.message()));
    }
  }

  private void attempt(Step step) {
    try {
      perform(step);
    } catch (IOException | SystemdException e) {
      String where = step.getClass().getSimpleName().toLowerCase(Locale.ROOT);
      String why = WriteFailure.explain(e);
      UnitOf.step(step)
          .ifPresentOrElse(
              unit -> tally.fail(unit, where, why),
              () -> tally.written().forEach(unit -> tally.fail(unit, where, why)));
    }
  }

  private void perform(Step step) throws IOException {
    LOG.info("action={} {}", step.getClass().getSimpleName(), Described.step(step));
    switch (step) {
      case Plan.StoreFile(_, var file, _) ->
          FileStore.of(machine.root(), machine.files()).add(file);
      case Plan.StoreSecret(_, var secret, _) -> SecretStep.store(machine, secret);
      case Plan.Write(var unit, var text, _) -> {
        unitFiles.write(unit, text);
        tally.written().add(unit);
      }
      case Plan.Remove(var unit, var path, _) -> {
        unitFiles.remove(path);
        tally.written().add(unit);
      }
      case Plan.Reload _ -> {
        machine.systemd().reload();
        readBack();
      }
      case Plan.Disable(var unit, _) -> Links.remove(machine, unit);
      case Plan.LiveSet(var unit, var names, _) -> {
        unitFiles.setLive(unit, names);
        tally.live().add(unit);
      }
      case Plan.Hide(var unit, _, var why) -> {
        hidden.add(unit);
        if (!new Hiding(machine, inspector).hide(unit)) {
          runJobs(List.of(new Plan.Restart(unit, why)));
        }
      }
      case Plan.SwapFiles it -> swap.write(it);
      case Plan.LoadRules(var unit, var loader, var why) -> {
        if (!rules.load(loader)) {
          runJobs(List.of(new Plan.Restart(unit, why)));
        }
      }
      case Plan.SetKernel(_, var loader, _) -> KernelLoading.load(machine.systemd(), loader);
      case Plan.Thaw(var unit, _) -> thaw(unit);
      case Plan.EndProxy(var unit, var proxy, _) ->
          beside.computeIfAbsent(unit, _ -> new LinkedHashSet<>()).add(proxy);
      case Plan.StartTimer(var unit, var timer, _) -> timers.start(unit, timer);
      case Plan.StopTimer(var unit, var timer, _) -> {
        // A version that fails after this is taken back, and its timer with it.
        tally.written().add(unit);
        timers.stop(timer);
      }
      case Plan.RemoveImage(var digest, _) -> machine.images().remove(digest);
      case Plan.RemoveFile(var name, _) -> StoreRemoval.remove(machine, name);
      case Plan.Enable _, Plan.JobStep _, Plan.LongStep _ ->
          throw new AssertionError("done together");
    }
  }

  /** What the manager has not frozen itself it may refuse to thaw; the restart does that. */
  private void thaw(UnitName unit) {
    try {
      machine.systemd().thaw(unit);
    } catch (SystemdException e) {
      LOG.info("unit={} action=thaw reason=\"{}\"", unit, e.getMessage());
    }
  }

  /** Nothing is started that the manager has not loaded exactly as it was compiled. */
  private void readBack() {
    var units = tally.written().stream().filter(u -> u.isService() && !tally.hasFailed(u)).toList();
    refuse(
        units,
        d ->
            (d.layer() == Layer.MANAGER || d.layer() == Layer.FILE)
                // What a reload brings is brought after this.
                && !(d.subject() instanceof Subject.StoredFile(_, var reloads) && reloads),
        (unit, bad) -> tally.fail(unit, "read-back", Described.differences(bad)));
  }

  private void runSlow(List<Plan.LongStep> steps) {
    var begun = new ArrayList<Plan.LongStep>();
    var units = new ArrayList<UnitName>();
    for (Plan.LongStep step : steps) {
      UnitName unit = UnitName.own(step.app());
      if (!isLeftOut(unit)) {
        LOG.info("action={} {}", step.getClass().getSimpleName(), Described.step(step));
        begun.add(step);
        units.add(unit);
      }
    }
    slow.begin(begun);
    takeSlow(units);
  }

  private void runJobs(List<Plan.JobStep> steps) {
    var wanted = new ArrayList<Job>();
    for (Plan.JobStep step : steps) {
      Verb verb =
          switch (step) {
            case Plan.Start _ -> Verb.START;
            case Plan.Restart _ -> Verb.RESTART;
            case Plan.Stop _ -> Verb.STOP;
          };
      if (!isLeftOut(step.unit())) {
        wanted.add(new Job(verb, step.unit()));
        LOG.info("action={} {}", step.getClass().getSimpleName(), Described.step(step));
      }
    }
    for (Job job : wanted) {
      if (job.verb() != Verb.STOP) {
        resetFailed(job.unit());
      }
    }
    if (wanted.stream().anyMatch(job -> job.verb() != Verb.STOP)) {
      sliceFilter.prepare();
    }
    restartBeside(wanted);
    for (JobOutcome outcome : jobs.run(wanted, true)) {
      if (!outcome.isRunning()) {
        judge(outcome);
      }
    }
  }

  /**
   * A restart of what an app requires is one of the app too (systemd.unit(5)), and the job of the
   * app that is asked for next is the same: what ends starts again, whatever becomes of the agent.
   */
  private void restartBeside(List<Job> wanted) {
    var units = new LinkedHashSet<UnitName>();
    for (Job job : wanted) {
      SequencedSet<UnitName> its = beside.remove(job.unit());
      if (its != null) {
        units.addAll(its);
      }
    }
    if (units.isEmpty()) {
      return;
    }
    units.forEach(this::resetFailed);
    List<Job> restarts = units.stream().map(unit -> new Job(Verb.RESTART, unit)).toList();
    // How they end shows in how the apps start.
    machine.systemd().start(restarts, restarts.size(), _ -> {}).close();
  }

  /** One app whose reload hangs holds the others up no longer than by any job. */
  private void swap(List<Plan.SwapFiles> steps) {
    var units = new ArrayList<UnitName>();
    for (Plan.SwapFiles step : steps) {
      if (!isLeftOut(step.unit())) {
        attempt(step);
      }
      if (!isLeftOut(step.unit())) {
        units.add(step.unit());
      }
    }
    swap.reload(units).stream().filter(it -> !it.isRunning()).forEach(this::judge);
  }

  private void judge(JobOutcome outcome) {
    UnitName unit = outcome.job().unit();
    if (outcome.job().verb() == Verb.RELOAD) {
      swap.end(outcome, tally);
      hidden.add(unit);
    } else if (outcome.job().verb() == Verb.STOP) {
      tally.stopped(unit);
      if (!outcome.done()) {
        tally.fail(unit, "stop", "systemd could not stop it: " + outcome.result());
      }
      // A unit that has failed is forgotten only then.
      resetFailed(unit);
    } else {
      if (!outcome.done() && tally.staysDown(unit)) {
        LOG.info("unit={} action=stay step=start {}", unit, outcome.result());
        return;
      }
      tally.started().add(unit);
      if (!outcome.done()) {
        tally.fail(unit, "start", StartFailure.explain(machine.systemd(), unit, outcome.result()));
      }
    }
  }

  /** It failed, or something of it has not ended yet. */
  private boolean isLeftOut(UnitName unit) {
    return tally.hasFailed(unit) || jobs.contains(unit) || slow.contains(unit);
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
        Stream.of(tally.started(), tally.live(), hidden)
            .flatMap(SequencedSet::stream)
            .distinct()
            .filter(u -> u.isService() && !tally.hasFailed(u))
            .toList();
    refuse(running, d -> d.subject() != Subject.State.ENABLED, this::lacksEvidence);
  }

  private void lacksEvidence(UnitName unit, List<Difference> bad) {
    String message = Described.differences(bad);
    tally.fail(unit, "evidence", message);
    if (bad.stream().anyMatch(difference -> difference.subject().isEnforcement())) {
      tally.notEnforced(unit, message);
    }
  }

  private void refuse(
      Collection<UnitName> units,
      Predicate<Difference> matters,
      BiConsumer<UnitName, List<Difference>> faulty) {
    if (units.isEmpty()) {
      return;
    }
    inspected(units)
        .forEach(
            (unit, differences) -> {
              List<Difference> bad =
                  differences.stream()
                      .filter(matters.and(d -> !d.isBeyondTheUnit()))
                      .filter(d -> d.subject() != Subject.State.ACTIVE || !former.stays(unit))
                      .toList();
              if (!bad.isEmpty() && units.contains(unit)) {
                faulty.accept(unit, bad);
              }
            });
  }

  /**
   * How the units differ. Filters on ports that systemd lost because somebody reloaded it meanwhile
   * are no fault of theirs: they are put back first.
   */
  private Map<UnitName, List<Difference>> inspected(Collection<UnitName> units) {
    return new FilterRefresh(machine.systemd())
        .restored(
            inspector.inspect(units), PlanRun::lackPortFilters, () -> inspector.inspect(units));
  }

  private static Set<UnitName> lackPortFilters(Map<UnitName, List<Difference>> found) {
    return found.entrySet().stream()
        .filter(it -> it.getValue().stream().anyMatch(Difference::isLostPortFilter))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** What was done to the units so far, and what has failed. */
  PlanTally tally() {
    return tally;
  }

  /** What became of the units of a plan, and of those whose jobs have ended. */
  SortedMap<UnitName, Outcome> outcomes(Plan plan) {
    return tally.outcomes(
        plan, unit -> jobs.contains(unit) ? "systemd works on it" : slow.doing(unit));
  }

  /** The neighbouring steps of one kind. */
  private static <T extends Step> List<T> run(List<Step> steps, int from, Class<T> kind) {
    return steps.stream().skip(from).takeWhile(kind::isInstance).map(kind::cast).toList();
  }
}
