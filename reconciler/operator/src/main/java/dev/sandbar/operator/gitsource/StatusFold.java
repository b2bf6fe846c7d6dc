package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.Condition;
import dev.sandbar.crds.v1alpha1.GitSourceStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes the status of a GitSource. Pure. */
final class StatusFold {
  private static final int MOST_PROBLEMS = 20;
  private static final int NAMED = 3;

  private final GitSourceStatus before;
  private final long generation;
  private final String now;
  private final List<Condition> conditions = new ArrayList<>();

  private StatusFold(GitSourceStatus before, long generation, Instant now) {
    this.before = before;
    this.generation = generation;
    this.now = now.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /**
   * The status now.
   *
   * @param before the status until now; times of conditions that stay are kept
   * @param handled the value of the annotation that asked for this; empty to keep the last
   */
  static GitSourceStatus of(
      SourceState state, GitSourceStatus before, long generation, String handled, Instant now) {
    var fold = new StatusFold(before, generation, now);
    fold.fold(state);
    boolean seen = !state.revision().isEmpty();
    return new GitSourceStatus(
        generation,
        fold.conditions,
        state.isApplied() ? state.revision() : before.lastAppliedRevision(),
        seen ? state.revision() : before.lastAttemptedRevision(),
        handled.isEmpty() ? before.lastHandledReconcileAt() : handled,
        seen ? List.copyOf(state.inventory()) : before.inventory(),
        problems(state));
  }

  /** The status while a revision with many changes is being applied. */
  static GitSourceStatus progressing(
      GitSourceStatus before, long generation, String message, Instant now) {
    var fold = new StatusFold(before, generation, now);
    fold.set("Ready", "Unknown", Reason.PROGRESSING, message);
    fold.set("Reconciling", "True", Reason.PROGRESSING, message);
    before.conditions().stream()
        .filter(it -> it.type().equals("Drifted"))
        .forEach(fold.conditions::add);
    return new GitSourceStatus(
        generation,
        fold.conditions,
        before.lastAppliedRevision(),
        before.lastAttemptedRevision(),
        before.lastHandledReconcileAt(),
        before.inventory(),
        before.problems());
  }

  private void fold(SourceState state) {
    drifted(state);
    Reason reason = reason(state);
    String message = message(state, reason);
    switch (reason) {
      case RECONCILIATION_SUCCEEDED -> set("Ready", "True", reason, message);
      case DRIFT_DETECTED -> set("Ready", "False", reason, message);
      default -> {
        set("Ready", "False", reason, message);
        if (passes(state)) {
          set("Reconciling", "True", Reason.PROGRESSING_WITH_RETRY, message);
        } else {
          set("Stalled", "True", reason, message);
        }
      }
    }
  }

  /** The reason of Ready: what matters most. */
  static Reason reason(SourceState state) {
    if (!state.failure().isNone()) {
      return state.failure().reason();
    }
    if (!state.failed().isEmpty()) {
      return Reason.RECONCILIATION_FAILED;
    }
    if (!state.problems().isEmpty()) {
      return Reason.INVALID_SPEC;
    }
    if (!state.foreign().isEmpty()) {
      return Reason.OWNED_BY_OTHERS;
    }
    if (!state.heldBack().isEmpty()) {
      return Reason.PRUNE_HELD_BACK;
    }
    if (!state.fights().isEmpty()) {
      return Reason.FIGHT_DETECTED;
    }
    return state.drifts().isEmpty() ? Reason.RECONCILIATION_SUCCEEDED : Reason.DRIFT_DETECTED;
  }

  private static boolean passes(SourceState state) {
    return state.failure().isNone() ? !state.failed().isEmpty() : !state.failure().stalled();
  }

  private static String message(SourceState state, Reason reason) {
    if (!state.failure().isNone()) {
      return state.failure().message();
    }
    return switch (reason) {
      case RECONCILIATION_FAILED -> "not applied: " + named(state.failed());
      case INVALID_SPEC -> problemMessage(state);
      case OWNED_BY_OTHERS -> foreignMessage(state);
      case PRUNE_HELD_BACK -> state.heldBack();
      case FIGHT_DETECTED -> fightMessage(state);
      case DRIFT_DETECTED -> driftMessage(state);
      default -> "Applied revision: " + state.revision();
    };
  }

  private void drifted(SourceState state) {
    if (!state.fights().isEmpty()) {
      set("Drifted", "True", Reason.FIGHT_DETECTED, fightMessage(state));
    } else if (!state.drifts().isEmpty()) {
      set("Drifted", "True", Reason.DRIFT_DETECTED, driftMessage(state));
    } else if (!state.revision().isEmpty()) {
      set("Drifted", "False", Reason.NO_DRIFT_DETECTED, "as declared");
    } else {
      set("Drifted", "Unknown", Reason.NOT_OBSERVED, "nothing has been read yet");
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
    Verdict.Drifted drift = state.drifts().get(app);
    String by = drift == null || drift.by().isEmpty() ? "something" : drift.by();
    String what = drift == null ? "" : ": " + drift.differences().getFirst();
    return by + " undoes every correction of AppSandbox/" + app + what;
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
                            + Names.ADOPT
                            + " and the name of this GitSource")));
    return problems.stream().limit(MOST_PROBLEMS).toList();
  }

  private void set(String type, String status, Reason reason, String message) {
    Condition last = condition(before, type);
    String since = last != null && last.status().equals(status) ? last.lastTransitionTime() : now;
    conditions.add(new Condition(type, status, reason.text(), message, since, generation));
  }

  /**
   * Whether everything of the last revision was in force. If not, apps may have been held back,
   * also where something else mattered more and is the reason.
   */
  static boolean wasWhole(GitSourceStatus status) {
    Condition ready = condition(status, "Ready");
    boolean held = ready != null && ready.reason().equals(Reason.PRUNE_HELD_BACK.text());
    return !held && Objects.equals(status.lastAppliedRevision(), status.lastAttemptedRevision());
  }

  static @Nullable Condition condition(GitSourceStatus status, String type) {
    return status.conditions().stream()
        .filter(it -> it.type().equals(type))
        .findFirst()
        .orElse(null);
  }
}
