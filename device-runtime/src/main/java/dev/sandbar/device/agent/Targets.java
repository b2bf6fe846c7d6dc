package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.agent.Suspensions.Suspended;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Decides what each app shall be: the newest version, the last good one in its place, or nothing.
 *
 * <pre>
 * for every app that the source declares or the agent remembers
 *   declared and compiled: run it, unless just this version failed and its retry is not due -> last good
 *   declared and refused:  last good, with the reason
 *   not declared:          remove it, unless the source is not complete -> last good
 *   no last good:          hold: touch nothing, unless its only version failed -> take that back
 *   denied by the policy of the device, and so is every version that is remembered: stop it
 * </pre>
 */
final class Targets {

  /** What all apps stand on. */
  private static final List<UnitName> BASE = List.of(UnitName.SLICE, UnitName.TARGET);

  private Targets() {}

  /**
   * Decides. Those of which it cannot be read now what they were stay as they are, unless the
   * policy has changed since they were let in.
   */
  static SortedMap<AppName, Target> decide(
      Declared declared,
      Memory memory,
      Function<Version, Compilation> recompile,
      DevicePolicy policy,
      Instant now) {
    SortedMap<AppName, String> unread = memory.unread();
    SortedMap<AppName, Target> targets = decide(declared, memory.records(), recompile, now);
    boolean other = memory.judged().isOther(policy);
    unread.forEach(
        (name, reason) ->
            targets.put(
                name,
                other
                    ? new Target.Deny(List.of(unjudged(reason)))
                    : new Target.Hold(List.of(unread(reason)))));
    return targets;
  }

  /**
   * Apps on the device that no record and no source knows, where the policy has changed since they
   * were let in: they go.
   *
   * @param onDevice every app that is on the device
   */
  static SortedMap<AppName, Target> unknown(
      SortedMap<AppName, Target> targets,
      SortedSet<AppName> onDevice,
      Memory memory,
      DevicePolicy policy) {
    if (!memory.judged().isOther(policy)) {
      return targets;
    }
    var all = new TreeMap<>(targets);
    for (AppName name : onDevice) {
      if (memory.get(name).versions().isEmpty() && !(targets.get(name) instanceof Target.Run)) {
        all.put(name, new Target.Deny(List.of(unjudged("it has none"))));
      }
    }
    return all;
  }

  private static Diagnostic unjudged(String reason) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        Location.NOWHERE,
        "the policy of this device has changed, and what the app may do cannot be judged without"
            + " the agent's record of it: "
            + reason,
        "check the disk that /var/lib/sandbar is on; the app comes back with its record or with a"
            + " declaration that the policy allows");
  }

  private static Diagnostic unread(String reason) {
    return Diagnostic.error(
        Problem.SOURCE,
        Location.NOWHERE,
        "the agent cannot read its own record of the app now: " + reason,
        "check the disk that /var/lib/sandbar is on; it is read again in the next round");
  }

  /**
   * Decides.
   *
   * @param records what the agent remembers
   * @param recompile compiles a remembered version again
   */
  static SortedMap<AppName, Target> decide(
      Declared declared,
      Map<AppName, AppRecord> records,
      Function<Version, Compilation> recompile,
      Instant now) {
    SortedSet<AppName> names = new TreeSet<>(declared.compiled().keySet());
    names.addAll(declared.refused().keySet());
    names.addAll(records.keySet());
    var targets = new TreeMap<AppName, Target>();
    for (AppName name : names) {
      AppRecord record = records.getOrDefault(name, AppRecord.fresh(name));
      targets.put(name, decideOne(name, declared, record, recompile, now));
    }
    return targets;
  }

  /**
   * Apps of which nothing shall be on the device, with the reason: their only version failed and
   * rests, also when a power cut came before they were taken back, or the policy denies them.
   *
   * @param suspended apps that nothing is done about unless the policy denies them
   */
  static SortedMap<AppName, String> takenBack(
      SortedMap<AppName, Target> targets, Map<AppName, AppRecord> records, Set<AppName> suspended) {
    var names = new TreeMap<AppName, String>();
    targets.forEach(
        (name, target) -> {
          AppRecord record = records.getOrDefault(name, AppRecord.fresh(name));
          if (target instanceof Target.Deny) {
            names.put(name, "denied by the policy of this device");
          } else if (!(target instanceof Target.Run)
              && record.isTakenBackToNothing()
              && !suspended.contains(name)) {
            names.put(name, "there is no version that can run");
          }
        });
    return names;
  }

  /** These, where what is held back goes on as it was, and is looked after like any other app. */
  static SortedMap<AppName, Target> holding(
      SortedMap<AppName, Target> targets,
      SortedSet<AppName> heldBack,
      Map<AppName, AppRecord> records,
      Function<Version, Compilation> recompile,
      Instant now) {
    var all = new TreeMap<>(targets);
    for (AppName name : heldBack) {
      AppRecord record = records.getOrDefault(name, AppRecord.fresh(name));
      all.replace(name, lastGood(record, recompile, List.of(), now));
    }
    return all;
  }

  /**
   * Apps that stay as they are, for they are suspended. What the policy denies stops anyway, and a
   * device that is taken out of service waits for nobody.
   */
  static SortedSet<AppName> suspended(
      SortedMap<AppName, Target> targets, Suspended suspension, Declared declared) {
    var names = new TreeSet<>(targets.keySet());
    names.removeIf(
        name ->
            declared.completeness() == PruneGuard.Source.DISMISSED
                || !suspension.covers(name)
                || targets.get(name) instanceof Target.Deny);
    return names;
  }

  /** Of a device that is suspended as a whole, nothing that the apps stand on is touched either. */
  static SortedSet<UnitName> untouched(
      SortedSet<AppName> apps, Suspended suspension, AppUnits ofApps) {
    var units = new TreeSet<>(suspension.all() ? BASE : List.<UnitName>of());
    apps.forEach(name -> units.add(ofApps.of(name)));
    return units;
  }

  private static Target decideOne(
      AppName name,
      Declared declared,
      AppRecord record,
      Function<Version, Compilation> recompile,
      Instant now) {
    Compilation newest = declared.compiled().get(name);
    if (newest instanceof Compilation.Compiled(var app, var warnings)) {
      if (record.trial() instanceof Trial.Failed failed
          && record.isResting(app.generation(), now)) {
        return lastGood(record, recompile, List.of(takenBack(failed)), now);
      }
      if (record.trial() instanceof Trial.Rejected rejected && rejected.isOf(app)) {
        Target instead = lastGood(record, recompile, List.of(rejected(name, rejected)), now);
        // Once nothing runs in its place, for the policy denies that, nothing is lost by a try.
        if (!(instead instanceof Target.Deny && record.lastGood() instanceof Past.Stopped)) {
          return instead;
        }
      }
      return new Target.Run(app, declared.version(app), true, warnings);
    }
    if (newest instanceof Compilation.Rejected(_, var errors)) {
      return lastGood(
          record, recompile, Undone.named(errors, record, declared.manifests().get(name)), now);
    }
    List<Diagnostic> unread = declared.refused().get(name);
    if (unread != null) {
      return lastGood(record, recompile, unread, now);
    }
    if (!declared.complete()) {
      return lastGood(record, recompile, List.of(), now);
    }
    return new Target.Remove();
  }

  /**
   * What stands in for the newest version: one under trial goes on with its trial, else the last
   * good one. A policy that has changed since may deny either of them.
   */
  private static Target lastGood(
      AppRecord record,
      Function<Version, Compilation> recompile,
      List<Diagnostic> problems,
      Instant now) {
    List<Diagnostic> denied = denials(problems);
    boolean stops = false;
    for (Version version : record.versions()) {
      switch (recompile.apply(version)) {
        case Compilation.Compiled(var app, _) -> {
          if (record.isResting(version.generation(), now)) {
            return new Target.Hold(problems);
          }
          return new Target.Run(app, version, false, problems);
        }
        case Compilation.Rejected(_, var errors) -> {
          List<Diagnostic> denials = denials(errors);
          if (denials.isEmpty() && !stops) {
            // It runs, and why it can no longer be compiled is no reason to stop it.
            return new Target.Hold(problems);
          }
          // What is on the device stops, whether or not an older one can take its place.
          stops |= !denials.isEmpty();
          denied = denied.isEmpty() ? denials : denied;
        }
      }
    }
    return denied.isEmpty() ? new Target.Hold(problems) : new Target.Deny(denied);
  }

  private static List<Diagnostic> denials(List<Diagnostic> problems) {
    return problems.stream().filter(p -> p.problem() == Problem.POLICY_DENIED).toList();
  }

  private static Diagnostic rejected(AppName app, Trial.Rejected rejected) {
    return Diagnostic.error(
        Problem.INVALID_VALUE,
        Location.NOWHERE,
        "generation %s was rolled back: %s"
            .formatted(rejected.generation().abbreviated(), rejected.message()),
        "fix the app and commit; " + rejected.untilWhen(app));
  }

  private static Diagnostic takenBack(Trial.Failed failed) {
    return Diagnostic.error(
        Problem.INVALID_VALUE,
        Location.NOWHERE,
        "generation %s was rolled back: %s"
            .formatted(failed.generation().abbreviated(), failed.message()),
        "fix the app and commit; it is tried again at " + failed.retryAt());
  }
}
