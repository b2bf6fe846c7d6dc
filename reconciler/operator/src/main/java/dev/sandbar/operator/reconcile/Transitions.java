package dev.sandbar.operator.reconcile;

import dev.sandbar.core.report.Condition;
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
    for (Type type : types) {
      boolean was = holds(old, type);
      for (Condition condition : fresh) {
        if (condition.type() == type && condition.holds() && !was) {
          Severity severity =
              type == Type.READY || type == Type.SUSPENDED ? Severity.NORMAL : Severity.WARNING;
          events.tell(subject, severity, condition.reason(), condition.message());
        }
      }
      if (was && !holds(fresh, type)) {
        end(events, subject, type);
      }
    }
  }

  private static void end(EventRecorder events, EventRecorder.Subject subject, Type type) {
    switch (type) {
      case DRIFTED ->
          events.tell(
              subject, Severity.NORMAL, Reason.NO_DRIFT_DETECTED.text(), "the drift has ended");
      case STALLED ->
          events.tell(subject, Severity.NORMAL, Reason.SUCCEEDED.text(), "makes progress again");
      case SUSPENDED ->
          events.tell(subject, Severity.NORMAL, "Resumed", "reconciliation has resumed");
      case READY, RECONCILING, HEALTHY, ENROLLED -> {}
    }
  }

  private static boolean holds(List<Condition> conditions, Type type) {
    return conditions.stream().anyMatch(c -> c.type() == type && c.holds());
  }
}
