package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Inventory;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.agent.AppRecord.Withdrawn;
import dev.sandbar.device.apply.Outcome;
import dev.sandbar.source.text.JsonWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Keeps the records of the apps: what was applied, what proved itself, what was taken back. */
final class AppHistory {

  /** The step at which a version that does not stay up is taken back. */
  static final String START = "start";

  /** The step at which a version that runs does not show what its unit says. */
  private static final String EVIDENCE = "evidence";

  /** How often a version is tried that the device does not hold, before another one stays. */
  private static final int DEVICE_ATTEMPTS = 3;

  /** The step before anything of a version is on the device. */
  private static final String IMAGE = "image";

  private final Memory memory;
  private final Duration settle;
  private final IntFunction<Duration> retry;
  private final Function<AppName, String> foreseen;
  private final BiFunction<Version, Target.Run, Withdrawn> withdrawal;

  /**
   * Apps whose last change was taken back, or cut short with the agent that made it: whatever
   * differs is put right, not reported.
   */
  private final Set<AppName> restoring = new HashSet<>();

  /**
   * For one connection.
   *
   * @param settle how long a new version must stay up before it counts as good
   * @param retry how long a version that failed so often rests
   * @param foreseen what is put behind the reason why a version of an app failed
   * @param withdrawal what becomes of an older version when a newer one takes its place
   */
  AppHistory(
      Memory memory,
      Duration settle,
      IntFunction<Duration> retry,
      Function<AppName, String> foreseen,
      BiFunction<Version, Target.Run, Withdrawn> withdrawal) {
    this.withdrawal = withdrawal;
    this.foreseen = foreseen;
    this.memory = memory;
    this.settle = settle;
    this.retry = retry;
    restoring.addAll(memory.changing());
  }

  /**
   * These are about to be changed. Should the agent be killed meanwhile, the next one knows that
   * what it finds half done is nobody's drift.
   */
  void changing(Set<UnitName> units) {
    var all = new TreeSet<>(restoring);
    units.forEach(unit -> memory.units().app(unit).ifPresent(all::add));
    memory.changing(all);
  }

  /** It is as it should be: from now on a difference is drift. */
  void restored(AppName name) {
    restoring.remove(name);
  }

  boolean isRestoring(AppName name) {
    return restoring.contains(name);
  }

  /**
   * What was applied, a version under trial included: from then on a difference is drift.
   *
   * @param image of a version, in hexadecimal
   */
  Inventory inventory(Function<Version, String> image) {
    var applied = new TreeMap<AppName, Inventory.Applied>();
    memory
        .records()
        .forEach(
            (name, record) -> {
              if (!restoring.contains(name)) {
                record
                    .current()
                    .map(it -> new Inventory.Applied(it.generation(), image.apply(it), it.unit()))
                    .ifPresent(it -> applied.put(name, it));
              }
            });
    return new Inventory(applied, memory.units());
  }

  /** A version was taken back, or is about to be. */
  void failed(AppRecord record, Sha256 generation, String step, String message, Instant now) {
    int attempts = record.failures(generation) + 1;
    Instant retryAt = now.plus(retry.apply(attempts));
    String why = message + record.consequence() + foreseen.apply(record.name());
    memory.put(record.with(new Trial.Failed(generation, step, why, attempts, retryAt)));
    restoring.add(record.name());
  }

  /**
   * A version took the place of another one and failed. As long as another version runs in its
   * place it is not tried again: each attempt would stop the one that works. What the device did
   * not hold may have been disturbed for a moment, so of that a few attempts are made.
   *
   * @param version that the record has
   */
  void fell(AppRecord record, CompiledApp version, String step, String message, Instant now) {
    boolean stands =
        record.lastGood() instanceof Past.Good(var good)
            && !good.generation().equals(version.generation());
    boolean last =
        !isOfDevice(step) || record.failures(version.generation()) + 1 >= DEVICE_ATTEMPTS;
    if (stands && last) {
      String why = message + record.consequence() + foreseen.apply(record.name());
      memory.put(record.with(rejected(version, step, why)));
      restoring.add(record.name());
    } else {
      failed(record, version.generation(), step, message, now);
    }
  }

  /** A version that had proved itself fails, and there is one to go back to. */
  void fellLater(AppRecord record, CompiledApp version, String message) {
    AppRecord back = record.backToEarlier(rejected(version, "health", message));
    memory.put(record.backToEarlier(rejected(version, "health", message + back.consequence())));
    restoring.add(record.name());
  }

  private Trial.Rejected rejected(CompiledApp version, String step, String message) {
    return new Trial.Rejected(
        version.generation(),
        version.spec().health().digest(),
        step,
        message,
        isOfDevice(step) ? memory.device() : null);
  }

  /** Whether it is the device that failed, and not the program. */
  private static boolean isOfDevice(String step) {
    return step.equals(Trial.Failed.NOT_ENFORCED) || step.equals(EVIDENCE);
  }

  /**
   * What became of a plan.
   *
   * @param started units that were started or restarted
   * @param now after the plan: the time of trial begins then
   */
  void remember(
      SortedMap<AppName, Target> targets,
      Set<UnitName> started,
      SortedMap<UnitName, Outcome> outcomes,
      Observation seen,
      Instant now) {
    outcomes.forEach(
        (unit, outcome) -> {
          AppName name = memory.units().app(unit).orElse(null);
          if (name != null && targets.get(name) instanceof Target.Run run) {
            // Before a start systemd's count was set to zero; it may have grown since.
            long restarts = started.contains(unit) ? 0 : seen.unit(unit).loaded().restarts();
            remember(memory.get(name), run, outcome, restarts, now);
          }
        });
  }

  /** The units that a plan starts or restarts, or has their timers start. */
  static Set<UnitName> started(Plan plan) {
    var started = new HashSet<UnitName>();
    for (Plan.Step step : plan.steps()) {
      if (step instanceof Plan.JobStep job && !(job instanceof Plan.Stop)) {
        started.add(job.unit());
      }
      if (step instanceof Plan.StartTimer(var unit, _, _)) {
        started.add(unit);
      }
    }
    return started;
  }

  /** The same version with other addresses of its hosts is no new one, and needs no trial. */
  private void rendered(AppRecord record, CompiledApp app) {
    record
        .current()
        .filter(version -> version.generation().equals(app.generation()))
        .filter(version -> !version.unit().equals(app.rendered()))
        .ifPresent(version -> memory.put(record.compiledAnew(version, app)));
  }

  /**
   * A version was declared and tried: from now on no older one has more than it, however it ended.
   */
  private AppRecord withdrawn(AppRecord record, Target.Run run) {
    return run.newest() ? record.withdrawn(older -> withdrawal.apply(older, run)) : record;
  }

  private static boolean isTried(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Done _, Outcome.NotEnforced _ -> true;
      case Outcome.TakenBack(var step, _, _) -> !step.equals(IMAGE);
      case Outcome.Unfinished _, Outcome.Underway _ -> false;
    };
  }

  /** A network that fails stops nothing; what goes on meanwhile is said. */
  private static String stillGranted(AppRecord record, Target.Run run, Outcome outcome) {
    return isTried(outcome)
        ? ""
        : record.current().map(it -> Undone.withdrawn(it, run.app().spec())).orElse("");
  }

  private void remember(
      AppRecord known, Target.Run run, Outcome outcome, long restarts, Instant now) {
    boolean isNew = !isCurrent(known, run);
    AppRecord record = isNew && isTried(outcome) ? withdrawn(known, run) : known;
    switch (outcome) {
      case Outcome.Done() -> {
        restoring.remove(record.name());
        if (isNew && run.newest()) {
          memory.put(settling(record, run, restarts, now));
        } else if (isNew && isStanding(record, run)) {
          // Another unit of the same declaration, while a newer one waits: from now on what differs
          // from it is drift.
          memory.put(record.compiledAnew(run.version(), run.app()));
        } else if (record.lastGood() instanceof Past.Stopped(var version)) {
          // The policy allows it again.
          memory.put(record.allowed(version, run.app().spec().health().keepsEarlier()));
        } else {
          rendered(record, run.app());
        }
      }
      case Outcome.TakenBack(var step, var message, boolean interrupts) -> {
        if (run.newest() && isNew) {
          String why = Places.of(run, step) + message + stillGranted(record, run, outcome);
          if (interrupts) {
            fell(record, run.app(), step, why, now);
          } else {
            failed(record, run.app().generation(), step, why, now);
          }
        }
      }
      case Outcome.NotEnforced(var message) -> notEnforced(record, run, message, now);
      case Outcome.Unfinished _, Outcome.Underway _ -> {}
    }
  }

  /**
   * The version before runs again if there is another one, and this one is soon given up. Where
   * there is none the app rests; while the one that stands in for a newer version is not enforced
   * either, the newer one's rest counts.
   */
  private void notEnforced(AppRecord record, Target.Run run, String message, Instant now) {
    if (!isLast(record.lastGood(), run.version())) {
      fell(record, run.app(), Trial.Failed.NOT_ENFORCED, message, now);
      return;
    }
    restoring.add(record.name());
    if (!run.newest() && newer(record.trial(), now) instanceof Trial.Failed newer) {
      var both =
          new Trial.Failed(
              newer.generation(),
              Trial.Failed.NOT_ENFORCED,
              "%s; before that: %s".formatted(message, newer.message()),
              newer.attempts(),
              newer.retryAt());
      memory.put(new AppRecord(record.name(), new Past.Nothing(), both));
      return;
    }
    int attempts = record.failures(run.app().generation()) + 1;
    var why =
        new Trial.Failed(
            run.app().generation(),
            Trial.Failed.NOT_ENFORCED,
            message,
            attempts,
            now.plus(retry.apply(attempts)));
    memory.put(record.stopped(run.version(), why));
  }

  /** What the newer version failed with; one that was rejected rests, now that nothing runs. */
  private Trial newer(Trial trial, Instant now) {
    return trial instanceof Trial.Rejected(var generation, _, var reason, var message, _)
        ? new Trial.Failed(generation, reason, message, 1, now.plus(retry.apply(1)))
        : trial;
  }

  /** Whether there is nothing to go back to from this version. */
  private static boolean isLast(Past past, Version version) {
    return switch (past) {
      case Past.Good(var good) -> good.generation().equals(version.generation());
      case Past.Stopped(var stopped) -> stopped.generation().equals(version.generation());
      case Past.Nothing(), Past.Withdrawn _ -> false;
    };
  }

  private static boolean isCurrent(AppRecord record, Target.Run run) {
    return record.current().map(v -> v.generation().equals(run.app().generation())).orElse(false);
  }

  /** Whether it is the version that runs, compiled again for what the device is now. */
  private static boolean isStanding(AppRecord record, Target.Run run) {
    return !run.newest()
        && record
            .current()
            .filter(version -> version.generation().equals(run.version().generation()))
            .isPresent();
  }

  private AppRecord settling(AppRecord record, Target.Run run, long restarts, Instant now) {
    int failures = record.failures(run.app().generation());
    Duration own = run.app().spec().health().settle();
    Instant until = now.plus(own.isZero() ? settle : own);
    return record.with(new Trial.Settling(run.version(), until, restarts, failures));
  }

  /**
   * An app that is as the source declares it now, whoever made it so.
   *
   * @param inSync whether the device shows exactly that
   */
  void adopt(Target.Run run, BooleanSupplier inSync, Observation seen, Instant now) {
    AppRecord record = memory.get(run.app().spec().name());
    if (!isCurrent(record, run)) {
      if (inSync.getAsBoolean()) {
        memory.put(
            settling(
                withdrawn(record, run), run, seen.unit(run.app().unit()).loaded().restarts(), now));
      }
    } else if (record.lastGood() instanceof Past.Good(var version)
        && version.generation().equals(run.app().generation())) {
      boolean givenUp =
          record.trial() instanceof Trial.Failed || record.trial() instanceof Trial.Rejected;
      if (givenUp || !isSame(version, run.version())) {
        // The same unit, but the source has given up what failed, or changed what is not in the
        // unit.
        memory.put(
            withdrawn(record.proved(run.version(), run.app().spec().health().keepsEarlier()), run));
      }
    }
    if (record.trial() instanceof Trial.Settling(var version, var until, var restarts, var failures)
        && version.generation().equals(run.app().generation())
        && !isSame(version, run.version())) {
      // It is judged by what is declared of its health now.
      memory.put(record.with(new Trial.Settling(run.version(), until, restarts, failures)));
    }
    AppRecord kept = memory.get(record.name());
    if (isCurrent(kept, run) && inSync.getAsBoolean()) {
      rendered(kept, run.app());
    }
  }

  private static boolean isSame(Version one, Version other) {
    return one.revision().equals(other.revision())
        || JsonWriter.compact(one.manifest()).equals(JsonWriter.compact(other.manifest()));
  }

  /** Apps that the policy denies, once they have left the device. */
  void deny(
      SortedMap<AppName, Target> targets,
      SortedMap<UnitName, Outcome> outcomes,
      SortedSet<UnitName> seen) {
    targets.forEach(
        (name, target) -> {
          UnitName unit = memory.units().of(name);
          boolean gone =
              seen.contains(unit)
                  && outcomes.getOrDefault(unit, new Outcome.Done()) instanceof Outcome.Done;
          if (target instanceof Target.Deny && gone) {
            AppRecord record = memory.get(name);
            record.current().ifPresent(version -> memory.put(record.stopped(version)));
            restoring.remove(name);
          }
        });
  }

  /**
   * Removed apps, also those that left nothing to remove; one that could not be removed is tried
   * again.
   */
  void forget(SortedSet<AppName> removed, SortedMap<UnitName, Outcome> outcomes) {
    for (AppName name : removed) {
      Outcome outcome = outcomes.getOrDefault(memory.units().of(name), new Outcome.Done());
      if (outcome instanceof Outcome.Done) {
        memory.remove(name);
        restoring.remove(name);
      }
    }
  }
}
