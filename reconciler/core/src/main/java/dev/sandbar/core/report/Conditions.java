package dev.sandbar.core.report;

import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;

/** The conditions of an app. */
public final class Conditions {

  /** So many drifts are named in a message. */
  private static final int NAMED = 3;

  private final ConditionSet next;

  private Conditions(ConditionSet next) {
    this.next = next;
  }

  /**
   * The conditions now. {@code Reconciling}, {@code Stalled} and {@code Suspended} are only there
   * while they hold, the others always.
   */
  public static SortedMap<Type, Condition> fold(
      SortedMap<Type, Condition> previous, AppStatus status, Instant now) {
    var next = new ConditionSet(previous.values(), now);
    var conditions = new Conditions(next);
    conditions.drifted(status);
    conditions.healthy(status.health());
    conditions.ready(status);
    conditions.work(status);
    conditions.suspended(status.suspension());
    return next.conditions();
  }

  private void ready(AppStatus status) {
    switch (status.progress()) {
      case Progress.Applying _ when status.leavesUndone() ->
          next.set(Type.READY, Status.FALSE, Reason.SUSPENDED, status.suspension().undone());
      // What was applied proves itself only when its hardware is there.
      case Progress.Applying _ when status.health() instanceof Health.Waiting(String message) ->
          next.set(Type.READY, Status.FALSE, Reason.HARDWARE_MISSING, message);
      case Progress.Applying(String message) ->
          next.set(Type.READY, Status.UNKNOWN, Reason.PROGRESSING, message);
      // Of a correction that was undone at once, the one who does it is to be named, not its
      // failure.
      case Progress.Retrying(Reason reason, _)
          when reason == Reason.CORRECTION_FAILED && !status.fights().isEmpty() ->
          next.set(Type.READY, Status.FALSE, driftReason(status), driftMessage(status));
      case Progress.Retrying(Reason reason, String message) ->
          next.set(Type.READY, Status.FALSE, reason, message);
      case Progress.Refused(Reason reason, String message) ->
          next.set(Type.READY, Status.FALSE, reason, message);
      case Progress.Waiting(Reason reason, String message)
          when !drifts(status) && isWell(status.health()) ->
          next.set(Type.READY, Status.UNKNOWN, reason, message);
      case Progress.Applied _, Progress.Waiting _ -> readyWhenApplied(status);
    }
  }

  private void readyWhenApplied(AppStatus status) {
    if (drifts(status)) {
      next.set(Type.READY, Status.FALSE, driftReason(status), driftMessage(status));
      return;
    }
    switch (status.health()) {
      case Health.Healthy _, Health.Scheduled _ when status.leavesUndone() ->
          next.set(Type.READY, Status.FALSE, Reason.SUSPENDED, status.suspension().undone());
      case Health.Healthy _, Health.Scheduled _ when !status.unresolved().isEmpty() ->
          next.set(Type.READY, Status.TRUE, Reason.HOST_NOT_RESOLVED, status.unresolved());
      case Health.Healthy _, Health.Scheduled _ ->
          next.set(
              Type.READY,
              Status.TRUE,
              Reason.RECONCILIATION_SUCCEEDED,
              "Applied revision: " + status.revision());
      case Health.Starting _ ->
          next.set(Type.READY, Status.UNKNOWN, Reason.PROGRESSING, "starting");
      case Health.Unhealthy(String message) ->
          next.set(Type.READY, Status.FALSE, Reason.HEALTH_CHECK_FAILED, message);
      case Health.Waiting(String message) ->
          next.set(Type.READY, Status.FALSE, Reason.HARDWARE_MISSING, message);
      case Health.Unknown _ ->
          next.set(Type.READY, Status.UNKNOWN, Reason.NOT_OBSERVED, "not observed");
    }
  }

  private static boolean isWell(Health health) {
    return health instanceof Health.Healthy || health instanceof Health.Scheduled;
  }

  private void work(AppStatus status) {
    if (!status.fights().isEmpty()) {
      next.set(Type.STALLED, Status.TRUE, Reason.FIGHT_DETECTED, fightMessage(status));
      return;
    }
    switch (status.progress()) {
      case Progress.Applied _ -> {}
      case Progress.Applying _
          when status.leavesUndone() || status.health() instanceof Health.Waiting -> {}
      case Progress.Applying(String message) ->
          next.set(Type.RECONCILING, Status.TRUE, Reason.PROGRESSING, message);
      case Progress.Waiting(Reason reason, String message) ->
          next.set(Type.RECONCILING, Status.TRUE, reason, message);
      case Progress.Retrying(_, String message) ->
          next.set(Type.RECONCILING, Status.TRUE, Reason.PROGRESSING_WITH_RETRY, message);
      case Progress.Refused(Reason reason, String message) ->
          next.set(Type.STALLED, Status.TRUE, reason, message);
    }
  }

  private void suspended(Suspension suspension) {
    if (suspension.holds()) {
      next.set(Type.SUSPENDED, Status.TRUE, Reason.SUSPENDED, suspension.message());
    }
  }

  private void drifted(AppStatus status) {
    if (drifts(status)) {
      next.set(Type.DRIFTED, Status.TRUE, driftReason(status), driftMessage(status));
    } else if (status.health() instanceof Health.Unknown) {
      next.set(Type.DRIFTED, Status.UNKNOWN, Reason.NOT_OBSERVED, "not observed");
    } else {
      next.set(Type.DRIFTED, Status.FALSE, Reason.NO_DRIFT_DETECTED, "as applied");
    }
  }

  private static Reason driftReason(AppStatus status) {
    if (!status.fights().isEmpty()) {
      return Reason.FIGHT_DETECTED;
    }
    return status.needsOnlyRestart() ? Reason.RESTART_REQUIRED : Reason.DRIFT_DETECTED;
  }

  /** A drift that is fought over is one also while it is corrected for a moment. */
  private static boolean drifts(AppStatus status) {
    return !status.drifts().isEmpty() || !status.fights().isEmpty();
  }

  private static String fightMessage(AppStatus status) {
    DriftKey first = status.fights().first();
    return "something undoes every correction of " + first.subject() + " of " + first.unit();
  }

  private static String driftMessage(AppStatus status) {
    List<Drift> drifts = status.drifts();
    if (drifts.isEmpty()) {
      return fightMessage(status);
    }
    List<String> named =
        drifts.stream()
            .limit(NAMED)
            .map(Drift::difference)
            .map(d -> d.subject() + " is " + d.observed() + ", declared is " + d.declared())
            .toList();
    int more = drifts.size() - NAMED;
    return String.join("; ", named) + (more > 0 ? " and " + more + " more" : "");
  }

  private void healthy(Health health) {
    switch (health) {
      case Health.Healthy _ -> next.set(Type.HEALTHY, Status.TRUE, Reason.SUCCEEDED, "running");
      case Health.Starting _ ->
          next.set(Type.HEALTHY, Status.UNKNOWN, Reason.PROGRESSING, "starting");
      case Health.Unhealthy(String message) ->
          next.set(Type.HEALTHY, Status.FALSE, Reason.HEALTH_CHECK_FAILED, message);
      case Health.Waiting(String message) ->
          next.set(Type.HEALTHY, Status.FALSE, Reason.HARDWARE_MISSING, message);
      case Health.Scheduled(String message) ->
          next.set(Type.HEALTHY, Status.TRUE, Reason.SCHEDULED, message);
      case Health.Unknown _ ->
          next.set(Type.HEALTHY, Status.UNKNOWN, Reason.NOT_OBSERVED, "not observed");
    }
  }
}
