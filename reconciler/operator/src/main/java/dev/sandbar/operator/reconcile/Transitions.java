package dev.sandbar.operator.reconcile;

import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.EventRecorder.Severity;
import java.util.List;
import java.util.Set;

/** Records conditions that begin or end to hold. */
final class Transitions {

  private Transitions() {}

  static void tell(
      EventRecorder events,
      EventRecorder.Subject subject,
      List<Condition> old,
      List<Condition> fresh,
      Set<Type> types) {
    if (types.contains(Type.READY)) {
      fresh.stream()
          .filter(c -> c.type() == Type.READY && c.status() == Status.FALSE)
          .filter(c -> old.stream().noneMatch(o -> isSame(o, c)))
          .filter(c -> types.stream().noneMatch(type -> begins(old, fresh, type, c.reason())))
          .forEach(c -> events.tell(subject, Severity.WARNING, c));
    }
    for (Type type : types) {
      boolean was = holds(old, type);
      for (Condition condition : fresh) {
        if (condition.type() == type && condition.holds() && !was) {
          begin(events, subject, condition);
        }
      }
      if (was && !holds(fresh, type)) {
        end(events, subject, type);
      }
    }
  }

  private static boolean isSame(Condition one, Condition other) {
    return one.type() == other.type()
        && one.status() == other.status()
        && one.reason().equals(other.reason());
  }

  /** Whether a condition begins to hold, so that this reason is recorded with it. */
  private static boolean begins(
      List<Condition> old, List<Condition> fresh, Type type, String reason) {
    return !holds(old, type)
        && fresh.stream().anyMatch(c -> c.type() == type && c.holds() && c.reason().equals(reason));
  }

  private static void begin(
      EventRecorder events, EventRecorder.Subject subject, Condition condition) {
    switch (condition.type()) {
      // On how many devices it is left as it is, is not known yet: the condition counts them.
      case SUSPENDED ->
          events.tell(subject, Severity.NORMAL, Reason.SUSPENDED, "left as it is until resumed");
      case READY -> events.tell(subject, Severity.NORMAL, condition);
      case DRIFTED, STALLED, RECONCILING, HEALTHY, ENROLLED ->
          events.tell(subject, Severity.WARNING, condition);
    }
  }

  private static void end(EventRecorder events, EventRecorder.Subject subject, Type type) {
    switch (type) {
      case DRIFTED ->
          events.tell(subject, Severity.NORMAL, Reason.NO_DRIFT_DETECTED, "the drift has ended");
      case STALLED ->
          events.tell(subject, Severity.NORMAL, Reason.SUCCEEDED, "makes progress again");
      case SUSPENDED ->
          events.tell(subject, Severity.NORMAL, Reason.RESUMED, "reconciliation has resumed");
      case READY, RECONCILING, HEALTHY, ENROLLED -> {}
    }
  }

  private static boolean holds(List<Condition> conditions, Type type) {
    return conditions.stream().anyMatch(c -> c.type() == type && c.holds());
  }
}
