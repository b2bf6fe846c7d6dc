package dev.sandbar.core.fleet;

import dev.sandbar.core.fleet.Tally.Standing;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.ReadyWhen;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.ConditionSet;
import dev.sandbar.core.report.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What an app's devices amount to. Feed it every selected device, then ask for the summary.
 *
 * <p>An unreachable device is never counted as ready; what was known to be wrong with it stays
 * wrong.
 */
public final class AppFold {
  private static final int MOST_PROBLEMS = 20;
  private static final int MOST_EXAMPLES = 5;
  private static final int NAMED = 3;

  private final long generation;
  private final Map<Problem, Affected> problems = new HashMap<>();

  /** For how many devices each of those problems keeps the app from running. */
  private final Map<Problem, Integer> failing = new HashMap<>();

  /** For how many devices each of them ends the attempts. */
  private final Map<Problem, Integer> stalling = new HashMap<>();

  /** Those of the problems for which the operator publishes the app to no such device. */
  private final Set<Problem> refused = new HashSet<>();

  private final TreeSet<String> driftedNames = new TreeSet<>();
  private final Map<Silence, Affected> silent = new EnumMap<>(Silence.class);
  private final Tally tally = new Tally();

  /** Why the app stays on devices that it no longer selects. */
  private final TreeSet<String> withdrawn = new TreeSet<>();

  private record Problem(String reason, String message) {}

  /** Why a device does not report; what a person can act on is last. */
  private enum Silence {
    UNREACHABLE(Reason.DEVICE_UNREACHABLE, "unreachable", "unreachable"),
    UNHEARD(Reason.NOT_OBSERVED, "the device has not reported yet", "not reported yet"),
    UNAPPROVED(
        Reason.AWAITING_APPROVAL,
        "not approved yet: compare its key, and run sandbar fleet approve",
        "not approved yet");

    private final Reason reason;
    private final String problem;
    private final String words;

    Silence(Reason reason, String problem, String words) {
      this.reason = reason;
      this.problem = problem;
      this.words = words;
    }

    static Silence of(Reach reach) {
      return switch (reach) {
        case UNAPPROVED -> UNAPPROVED;
        case NEVER -> UNHEARD;
        case REACHABLE, UNREACHABLE -> UNREACHABLE;
      };
    }
  }

  private static final class Affected {
    private int devices;
    private final TreeSet<String> examples = new TreeSet<>();

    void add(String device) {
      devices++;
      example(examples, device);
    }
  }

  private static void example(TreeSet<String> examples, String device) {
    examples.add(device);
    if (examples.size() > MOST_EXAMPLES) {
      examples.pollLast();
    }
  }

  /**
   * What the spec says of all devices.
   *
   * @param readyWhen how many of its devices have to be reachable for the app to be ready
   * @param hold whether they keep the version that runs
   * @param suspended whether they leave the app as it is
   * @param invalid what is wrong with the spec, and how to fix it; empty if nothing is
   */
  public record Terms(ReadyWhen readyWhen, HoldSpec hold, boolean suspended, String invalid) {
    /** Those of a spec that says nothing of it. */
    public static final Terms NONE = new Terms(ReadyWhen.ALL, HoldSpec.NONE, false, "");
  }

  /**
   * Counts of devices.
   *
   * @param suspended reachable devices that are not ready, and leave the app as it is
   * @param waiting reachable devices where a new version waits for a window or a release
   * @param neverReported those of the unreachable devices that have never reported, or are not even
   *     approved
   * @param rolledBack where the previous version runs because the new one failed
   */
  public record Counts(
      int desired,
      int updated,
      int ready,
      int drifted,
      int unreachable,
      int cannotEnforce,
      int suspended,
      int waiting,
      int neverReported,
      int rolledBack) {}

  /** One reason, for how many devices it holds, and some of them. */
  public record Held(String reason, String message, int devices, List<String> examples) {
    public Held {
      examples = List.copyOf(examples);
    }
  }

  /** All of it. */
  public record Summary(Counts counts, List<Held> problems, List<Condition> conditions) {
    public Summary {
      problems = List.copyOf(problems);
      conditions = List.copyOf(conditions);
    }
  }

  /**
   * Begins.
   *
   * @param generation of the AppSandbox
   */
  public AppFold(long generation) {
    this.generation = generation;
  }

  /** Adds a selected device. */
  public void add(String device, Reach reach, AppOnDevice app) {
    tally.add(Standing.DESIRED);
    boolean isUpdated = app.updated(generation);
    if (isUpdated) {
      tally.add(Standing.UPDATED);
    }
    if (app.seen().suspension().holds()) {
      tally.add(Standing.SUSPENDED);
    }
    if (!app.seen().suspension().undone().isEmpty()) {
      // Also of a device that is unreachable: what it grants it goes on granting.
      problem(device, undone(app.seen()));
    }
    if (app.seen().generation() > 0) {
      tally.add(Standing.OBSERVED);
    }
    if (app.seen().drifted()) {
      tally.add(Standing.DRIFTED);
      example(driftedNames, device);
    }
    if (app.seen().rolledBack()) {
      tally.add(Standing.ROLLED_BACK);
    }
    if (app.intent() instanceof Intent.Refused(var reason, var message, var help)) {
      tally.add(Standing.CANNOT_ENFORCE);
      var refusal = new Problem(reason, help.isEmpty() ? message : message + "; " + help);
      refused.add(refusal);
      problem(device, refusal);
    }
    if (reach != Reach.REACHABLE) {
      tally.add(Standing.UNREACHABLE);
      if (reach.isUnheard()) {
        tally.add(Standing.NEVER_REPORTED);
      }
      Silence silence = Silence.of(reach);
      silent.computeIfAbsent(silence, _ -> new Affected()).add(device);
      problem(device, new Problem(silence.reason.text(), silence.problem));
      return;
    }
    told(device, app, isUpdated);
    if (app.seen().suspension().holds() && !isReady(app.seen(), isUpdated)) {
      tally.add(Standing.PAUSED);
    }
  }

  /** Adds a device that is no longer selected, and on which the app stays. */
  public void keptOn(String device, String why) {
    tally.add(Standing.WITHDRAWN);
    withdrawn.add(why);
    problem(device, new Problem(Reason.APPS_WITHDRAWN.text(), why));
  }

  private static boolean isReady(Seen seen, boolean isUpdated) {
    return !seen.drifted() && isUpdated && seen.ready() == Status.TRUE;
  }

  private void told(String device, AppOnDevice app, boolean isUpdated) {
    Seen seen = app.seen();
    if (app.stalled(generation)) {
      String reason = seen.drifted() ? Reason.FIGHT_DETECTED.text() : seen.reason();
      stalling.merge(new Problem(reason, seen.message()), 1, Integer::sum);
    }
    if (seen.drifted()) {
      problem(device, new Problem(Reason.DRIFT_DETECTED.text(), seen.message()));
    } else if (seen.ready() == Status.FALSE) {
      var problem = new Problem(seen.reason(), seen.message());
      failing.merge(problem, 1, Integer::sum);
      if (!problem.equals(undone(seen))) {
        problem(device, problem);
      }
    } else if (isReady(seen, isUpdated)) {
      tally.add(Standing.READY);
      if (!seen.degraded().isEmpty()) {
        tally.add(Standing.DEGRADED);
        problem(device, new Problem(Reason.DEGRADED.text(), seen.degraded()));
      }
    } else if (seen.isWaiting()) {
      tally.add(Standing.WAITING);
      problem(device, new Problem(seen.reason(), seen.message()));
    } else if (app.intent() instanceof Intent.Waiting(var message)) {
      problem(device, new Problem(Reason.NOT_OBSERVED.text(), message));
    }
  }

  private static Problem undone(Seen seen) {
    return new Problem(Reason.SUSPENDED.text(), seen.suspension().undone());
  }

  private void problem(String device, Problem problem) {
    problems.computeIfAbsent(problem, _ -> new Affected()).add(device);
  }

  /**
   * The summary.
   *
   * @param previous conditions of before, for the times of those that stay
   */
  public Summary summary(Terms terms, List<Condition> previous, Instant now) {
    List<Held> held =
        problems.entrySet().stream()
            .map(
                e ->
                    new Held(
                        e.getKey().reason(),
                        e.getKey().message(),
                        e.getValue().devices,
                        new ArrayList<>(e.getValue().examples)))
            .sorted(
                Comparator.comparingInt(Held::devices)
                    .reversed()
                    .thenComparing(Held::reason)
                    .thenComparing(Held::message))
            .limit(MOST_PROBLEMS)
            .toList();
    var draft = new ConditionSet(previous, now);
    drift(draft);
    ready(draft, terms, held, now);
    if (terms.suspended()) {
      suspended(draft, held);
    }
    return new Summary(counts(), held, List.copyOf(draft.conditions().values()));
  }

  private Counts counts() {
    return new Counts(
        tally.of(Standing.DESIRED),
        tally.of(Standing.UPDATED),
        tally.of(Standing.READY),
        tally.of(Standing.DRIFTED),
        tally.of(Standing.UNREACHABLE),
        tally.of(Standing.CANNOT_ENFORCE),
        tally.of(Standing.PAUSED),
        tally.of(Standing.WAITING),
        tally.of(Standing.NEVER_REPORTED),
        tally.of(Standing.ROLLED_BACK));
  }

  private void drift(ConditionSet draft) {
    int drifted = tally.of(Standing.DRIFTED);
    if (drifted > 0) {
      draft.set(
          Type.DRIFTED,
          Status.TRUE,
          Reason.DRIFT_DETECTED,
          "drifted on " + named(driftedNames, drifted));
    } else if (tally.any(Standing.DESIRED) && !tally.any(Standing.OBSERVED)) {
      draft.set(
          Type.DRIFTED, Status.UNKNOWN, Reason.NOT_OBSERVED, "not observed on any device yet");
    } else {
      draft.set(Type.DRIFTED, Status.FALSE, Reason.NO_DRIFT_DETECTED, "as applied");
    }
  }

  private static String named(TreeSet<String> examples, int count) {
    List<String> named = examples.stream().limit(NAMED).toList();
    String more = count > named.size() ? " and " + (count - named.size()) + " more" : "";
    return String.join(", ", named) + more;
  }

  private void ready(ConditionSet draft, Terms terms, List<Held> held, Instant now) {
    int ready = tally.of(Standing.READY);
    int desired = tally.of(Standing.DESIRED);
    int unreachable = tally.of(Standing.UNREACHABLE);
    int drifted = tally.of(Standing.DRIFTED);
    String count = ready + " of " + devices(desired) + " ready";
    if (!terms.invalid().isEmpty()) {
      draft.set(Type.READY, Status.FALSE, Reason.INVALID_SPEC, terms.invalid());
      draft.set(Type.STALLED, Status.TRUE, Reason.INVALID_SPEC, terms.invalid());
    } else if (tally.any(Standing.WITHDRAWN)) {
      String message = (desired == 0 ? "" : count + "; ") + withdrawn.first();
      draft.set(Type.READY, Status.FALSE, Reason.APPS_WITHDRAWN, message);
      draft.set(Type.STALLED, Status.TRUE, Reason.APPS_WITHDRAWN, message);
    } else if (tally.any(Standing.CANNOT_ENFORCE)) {
      Problem refusal = refusal();
      String message = count + "; " + refusal.message();
      // A spec that is wrong for one device is right for others: the device cannot enforce it.
      String reason =
          refusal.reason().equals(Reason.INVALID_SPEC.text())
              ? Reason.CANNOT_ENFORCE.text()
              : refusal.reason();
      draft.set(Type.READY, Status.FALSE, reason, message);
      draft.set(Type.STALLED, Status.TRUE, reason, message);
    } else if (drifted > 0) {
      String message = count + ", " + devices(drifted) + " drifted";
      draft.set(Type.READY, Status.FALSE, Reason.DRIFT_DETECTED, message);
      stall(draft, count);
    } else if (!failing.isEmpty()) {
      Problem worst = worst(failing);
      draft.set(Type.READY, Status.FALSE, worst.reason(), count + "; " + worst.message());
      stall(draft, count);
    } else if (tally.any(Standing.WAITING)
        && ready + unreachable + tally.of(Standing.WAITING) == desired) {
      String message = count + "; " + waiting(held);
      Reason reason = waitingFor(held);
      draft.set(Type.READY, Status.UNKNOWN, reason, message);
      draft.set(Type.RECONCILING, Status.TRUE, reason, message);
    } else if (ready + unreachable < desired) {
      draft.set(Type.READY, Status.UNKNOWN, Reason.PROGRESSING, count);
      draft.set(Type.RECONCILING, Status.TRUE, Reason.PROGRESSING, count);
    } else if (!terms.readyWhen().isEnough(desired - unreachable, desired)) {
      draft.set(Type.READY, Status.UNKNOWN, silence().reason, count + silent());
    } else if (desired == 0) {
      draft.set(
          Type.READY,
          Status.FALSE,
          Reason.NO_DEVICE_SELECTED,
          "selects no device of the namespace");
    } else {
      well(draft, count, held, terms.hold().until().isAfter(now));
    }
  }

  /** Of an app that is ready: what there is to know all the same. */
  private void well(ConditionSet draft, String count, List<Held> held, boolean isHeld) {
    Reason reason = Reason.RECONCILIATION_SUCCEEDED;
    String message = count + silent();
    if (!silent.isEmpty()) {
      reason = silence().reason;
    }
    if (tally.any(Standing.DEGRADED)) {
      reason = Reason.DEGRADED;
      message +=
          ", %d of them degraded; %s"
              .formatted(tally.of(Standing.DEGRADED), first(held, Reason.DEGRADED));
    }
    if (isHeld) {
      reason = Reason.HELD;
      message += "; held at the version that runs";
    }
    draft.set(Type.READY, Status.TRUE, reason, message);
  }

  /** Of the devices of which nothing is heard, the reason that a person would look into first. */
  private Silence silence() {
    return Collections.min(silent.keySet());
  }

  private String silent() {
    var words = new StringBuilder();
    silent.forEach(
        (silence, affected) ->
            words.append(
                ", %s %s: %s"
                    .formatted(
                        devices(affected.devices),
                        silence.words,
                        named(affected.examples, affected.devices))));
    if (silent.containsKey(Silence.UNAPPROVED)) {
      words.append("; ").append(Reach.approval(silent.get(Silence.UNAPPROVED).examples.first()));
    }
    return words.toString();
  }

  /** For what the new version waits on most devices. */
  private static String waiting(List<Held> held) {
    return first(held, waitingFor(held));
  }

  /** A time that is known, wherever one is. */
  private static Reason waitingFor(List<Held> held) {
    return Stream.of(Reason.WAITING_FOR_WINDOW, Reason.WAITING_FOR_APP, Reason.HELD)
        .filter(reason -> !first(held, reason).isEmpty())
        .findFirst()
        .orElse(Reason.WAITING_FOR_WINDOW);
  }

  /** A device that has not fetched it yet goes on as before. */
  private void suspended(ConditionSet draft, List<Held> held) {
    String undone = first(held, Reason.SUSPENDED);
    draft.set(
        Type.SUSPENDED,
        Status.TRUE,
        Reason.SUSPENDED,
        "left as it is on %d of %s%s"
            .formatted(
                tally.of(Standing.SUSPENDED),
                devices(tally.of(Standing.DESIRED)),
                undone.isEmpty() ? "" : "; " + undone));
  }

  /** What keeps it from most devices; of equals always the same. */
  private Problem refusal() {
    return Collections.max(
        refused,
        Comparator.comparingInt((Problem p) -> devices(p))
            .thenComparing(Problem::reason, Comparator.reverseOrder())
            .thenComparing(Problem::message, Comparator.reverseOrder()));
  }

  private int devices(Problem problem) {
    Affected affected = problems.get(problem);
    return affected == null ? 0 : affected.devices;
  }

  /** What holds on most devices; of equals always the same. */
  private static Problem worst(Map<Problem, Integer> problems) {
    return Collections.max(
            problems.entrySet(),
            Map.Entry.<Problem, Integer>comparingByValue()
                .thenComparing(e -> e.getKey().reason(), Comparator.reverseOrder())
                .thenComparing(e -> e.getKey().message(), Comparator.reverseOrder()))
        .getKey();
  }

  private void stall(ConditionSet draft, String count) {
    if (!stalling.isEmpty()) {
      Problem worst = worst(stalling);
      draft.set(Type.STALLED, Status.TRUE, worst.reason(), count + "; " + worst.message());
    }
  }

  private static String first(List<Held> held, Reason reason) {
    return held.stream()
        .filter(one -> one.reason().equals(reason.text()))
        .findFirst()
        .map(Held::message)
        .orElse("");
  }

  private static String devices(int count) {
    return count == 1 ? "1 device" : count + " devices";
  }
}
