package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.ConditionSet;
import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.GitSourceStatus;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import dev.sandbar.operator.report.StatusText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes the status of a GitSource. Pure. */
final class StatusFold {
  private static final int MOST_PROBLEMS = 20;
  private static final int NAMED = 3;

  private static final Set<Type> OWN =
      Set.of(Type.READY, Type.RECONCILING, Type.STALLED, Type.DRIFTED, Type.SUSPENDED);

  private final ConditionSet next;

  private StatusFold(GitSourceStatus before, Instant now) {
    next = new ConditionSet(StatusText.conditions(before.conditions()), now);
  }

  /**
   * The status now.
   *
   * @param before the status until now; times of conditions that stay are kept
   * @param handled the value of the annotation that asked for this; empty to keep the last
   */
  static GitSourceStatus of(
      SourceState state, GitSourceStatus before, long generation, String handled, Instant now) {
    var fold = new StatusFold(before, now);
    fold.fold(state);
    boolean seen = !state.revision().isEmpty();
    return new GitSourceStatus(
        generation,
        StatusText.merged(before.conditions(), OWN, fold.next.conditions().values(), generation),
        state.isApplied() ? state.revision() : before.lastAppliedRevision(),
        seen ? state.revision() : before.lastAttemptedRevision(),
        handled.isEmpty() ? before.lastHandledReconcileAt() : handled,
        seen ? List.copyOf(state.inventory()) : before.inventory(),
        problems(state));
  }

  /** The status while a revision with many changes is being applied. */
  static GitSourceStatus progressing(
      GitSourceStatus before, long generation, String message, Instant now) {
    var fold = new StatusFold(before, now);
    fold.next.set(Type.READY, Status.UNKNOWN, Reason.PROGRESSING, message);
    fold.next.set(Type.RECONCILING, Status.TRUE, Reason.PROGRESSING, message);
    return new GitSourceStatus(
        generation,
        StatusText.merged(
            before.conditions(),
            Set.of(Type.READY, Type.RECONCILING, Type.STALLED, Type.SUSPENDED),
            fold.next.conditions().values(),
            generation),
        before.lastAppliedRevision(),
        before.lastAttemptedRevision(),
        before.lastHandledReconcileAt(),
        before.inventory(),
        before.problems());
  }

  /**
   * The status while the source is left as it is: what was known of it stays known, and why it is
   * not ready.
   */
  static GitSourceStatus suspended(GitSourceStatus before, long generation, Instant now) {
    var fold = new StatusFold(before, now);
    List<Condition> known = StatusText.conditions(before.conditions());
    boolean already = known.stream().anyMatch(c -> c.type() == Type.SUSPENDED && c.holds());
    known.stream()
        .filter(c -> c.type() == Type.READY)
        .findFirst()
        .ifPresentOrElse(
            c ->
                fold.next.set(
                    Type.READY,
                    c.status(),
                    c.status() == Status.FALSE ? c.reason() : Reason.SUSPENDED.text(),
                    already ? c.message() : "suspended; " + c.message()),
            () ->
                fold.next.set(
                    Type.READY,
                    Status.UNKNOWN,
                    Reason.SUSPENDED,
                    "suspended; nothing has been read yet"));
    fold.next.set(
        Type.SUSPENDED, Status.TRUE, Reason.SUSPENDED, "neither read nor corrected until resumed");
    return new GitSourceStatus(
        generation,
        StatusText.merged(
            before.conditions(),
            Set.of(Type.READY, Type.RECONCILING, Type.SUSPENDED),
            fold.next.conditions().values(),
            generation),
        before.lastAppliedRevision(),
        before.lastAttemptedRevision(),
        before.lastHandledReconcileAt(),
        before.inventory(),
        before.problems());
  }

  private void fold(SourceState state) {
    drifted(state);
    Summary summary = summary(state);
    Reason reason = summary.reason();
    String message = summary.message();
    boolean ready = reason == Reason.RECONCILIATION_SUCCEEDED;
    next.set(Type.READY, ready ? Status.TRUE : Status.FALSE, reason, message);
    if (reason == Reason.HEALTH_CHECK_FAILED) {
      if (state.failing().values().stream().anyMatch(Live.Failing::stalled)) {
        next.set(Type.STALLED, Status.TRUE, reason, message);
      }
    } else if (!ready && reason != Reason.DRIFT_DETECTED) {
      if (passes(state)) {
        next.set(Type.RECONCILING, Status.TRUE, Reason.PROGRESSING_WITH_RETRY, message);
      } else {
        next.set(Type.STALLED, Status.TRUE, reason, message);
      }
    }
  }

  /** The reason of Ready: what matters most. */
  static Reason reason(SourceState state) {
    return summary(state).reason();
  }

  private record Summary(Reason reason, String message) {}

  private static Summary summary(SourceState state) {
    if (!state.failure().isNone()) {
      return new Summary(state.failure().reason(), state.failure().message());
    }
    if (!state.failed().isEmpty()) {
      return new Summary(Reason.RECONCILIATION_FAILED, "not applied: " + named(state.failed()));
    }
    if (!state.problems().isEmpty()) {
      return new Summary(Reason.INVALID_SPEC, problemMessage(state));
    }
    if (!state.foreign().isEmpty()) {
      return new Summary(Reason.OWNED_BY_OTHERS, foreignMessage(state));
    }
    if (!state.heldBack().isEmpty()) {
      return new Summary(Reason.PRUNE_HELD_BACK, state.heldBack());
    }
    if (!state.fights().isEmpty()) {
      return new Summary(Reason.FIGHT_DETECTED, fightMessage(state));
    }
    if (!state.failing().isEmpty()) {
      return new Summary(Reason.HEALTH_CHECK_FAILED, failingMessage(state));
    }
    return state.drifts().isEmpty()
        ? new Summary(Reason.RECONCILIATION_SUCCEEDED, "Applied revision: " + state.revision())
        : new Summary(Reason.DRIFT_DETECTED, driftMessage(state));
  }

  private static boolean passes(SourceState state) {
    return state.failure().isNone() ? !state.failed().isEmpty() : !state.failure().stalled();
  }

  private void drifted(SourceState state) {
    if (!state.fights().isEmpty()) {
      next.set(Type.DRIFTED, Status.TRUE, Reason.FIGHT_DETECTED, fightMessage(state));
    } else if (!state.drifts().isEmpty()) {
      next.set(Type.DRIFTED, Status.TRUE, Reason.DRIFT_DETECTED, driftMessage(state));
    } else if (!state.revision().isEmpty()) {
      next.set(Type.DRIFTED, Status.FALSE, Reason.NO_DRIFT_DETECTED, "as declared");
    } else {
      next.set(Type.DRIFTED, Status.UNKNOWN, Reason.NOT_OBSERVED, "nothing has been read yet");
    }
  }

  private static String problemMessage(SourceState state) {
    Diagnostic first = state.problems().getFirst();
    int more = state.problems().size() - 1;
    return "%s is applied but for %d problem%s: %s"
        .formatted(
            state.revision(),
            more + 1,
            more == 0 ? "" : "s",
            at(first) + first.message() + " (" + first.help() + ")");
  }

  private static String at(Diagnostic problem) {
    return problem.at().equals(Location.NOWHERE) ? "" : problem.at() + ": ";
  }

  private static String foreignMessage(SourceState state) {
    var first = state.foreign().firstEntry();
    int more = state.foreign().size() - 1;
    return foreign(first.getKey(), first.getValue()) + (more == 0 ? "" : " and " + more + " more");
  }

  static String foreign(String app, String owner) {
    return "AppSandbox/%s exists and belongs to %s"
        .formatted(app, owner.isEmpty() ? "somebody else" : owner);
  }

  private static String fightMessage(SourceState state) {
    String app = state.fights().first();
    Optional<Verdict.Drifted> drift = Optional.ofNullable(state.drifts().get(app));
    String by = drift.map(Verdict.Drifted::by).filter(name -> !name.isEmpty()).orElse("something");
    String what = drift.map(it -> ": " + it.differences().getFirst()).orElse("");
    return by + " undoes every correction of AppSandbox/" + app + what;
  }

  private static String failingMessage(SourceState state) {
    String named =
        state.failing().entrySet().stream()
            .limit(NAMED)
            .map(it -> "AppSandbox/" + it.getKey() + ": " + it.getValue().reason())
            .collect(Collectors.joining("; "));
    int more = state.failing().size() - NAMED;
    return "%s is applied, but %d of %d apps fail on every device: %s%s"
        .formatted(
            state.revision(),
            state.failing().size(),
            state.inventory().size(),
            named,
            more > 0 ? " and " + more + " more" : "");
  }

  static String driftMessage(String app, Verdict.Drifted drift) {
    String fields =
        drift.differences().stream()
            .limit(NAMED)
            .map(FieldDifference::toString)
            .collect(Collectors.joining("; "));
    int more = drift.differences().size() - NAMED;
    return "AppSandbox/"
        + app
        + ": "
        + fields
        + (more > 0 ? " and " + more + " more" : "")
        + (drift.by().isEmpty() ? "" : " (last written by " + drift.by() + ")");
  }

  private static String driftMessage(SourceState state) {
    var first = state.drifts().firstEntry();
    int more = state.drifts().size() - 1;
    return driftMessage(first.getKey(), first.getValue())
        + (more == 0 ? "" : " and " + more + " more objects");
  }

  private static String named(Map<String, String> failed) {
    String text =
        failed.entrySet().stream()
            .limit(NAMED)
            .map(it -> "AppSandbox/" + it.getKey() + ": " + it.getValue())
            .collect(Collectors.joining("; "));
    int more = failed.size() - NAMED;
    return text + (more > 0 ? " and " + more + " more" : "");
  }

  private static List<GitSourceStatus.Problem> problems(SourceState state) {
    var problems = new ArrayList<GitSourceStatus.Problem>();
    state
        .problems()
        .forEach(
            it ->
                problems.add(
                    new GitSourceStatus.Problem(it.at().toString(), it.message(), it.help())));
    state
        .foreign()
        .forEach(
            (app, owner) ->
                problems.add(
                    new GitSourceStatus.Problem(
                        "appsandbox/" + app,
                        foreign(app, owner),
                        "Rename one of the two, delete it, or, if no GitSource owns it, annotate"
                            + " it with "
                            + ObjectNames.ADOPT
                            + " and the name of this GitSource")));
    return problems.stream().limit(MOST_PROBLEMS).toList();
  }

  /**
   * Whether everything of the last revision was in force. If not, apps may have been held back,
   * also where something else mattered more and is the reason.
   */
  static boolean wasWhole(GitSourceStatus status) {
    boolean held =
        condition(status, "Ready")
            .filter(ready -> ready.reason().equals(Reason.PRUNE_HELD_BACK.text()))
            .isPresent();
    return !held && Objects.equals(status.lastAppliedRevision(), status.lastAttemptedRevision());
  }

  static Optional<StatusCondition> condition(GitSourceStatus status, String type) {
    return status.conditions().stream().filter(it -> it.type().equals(type)).findFirst();
  }
}
