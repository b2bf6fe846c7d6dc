package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Drift;
import dev.sandbar.core.report.DriftKey;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.fleet.EventSender.Type;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Finds what is worth an event between two reports. */
final class EventDetector {
  /** Reasons of a condition that people want to hear of when they begin. */
  static final Set<Reason> FAILURES =
      Set.of(
          Reason.INVALID_SPEC,
          Reason.CANNOT_ENFORCE,
          Reason.NOT_ENFORCED,
          Reason.ARTIFACT_FAILED,
          Reason.ROLLED_BACK,
          Reason.RECONCILIATION_FAILED,
          Reason.PRUNE_HELD_BACK,
          Reason.HEALTH_CHECK_FAILED,
          Reason.FIGHT_DETECTED,
          Reason.CORRECTION_FAILED);

  /** Where events go. */
  interface Sink {
    void tell(Type type, AppName app, Reason reason, String message);
  }

  private final Set<Reason> reasons;
  private final Sink events;
  private SortedMap<AppName, AppReport> before = new TreeMap<>();

  /**
   * Begins with nothing reported.
   *
   * @param reasons of Ready that are an event when they begin
   */
  EventDetector(Set<Reason> reasons, Sink events) {
    this.reasons = reasons;
    this.events = events;
  }

  void between(SortedMap<AppName, AppReport> now) {
    now.forEach(
        (name, report) -> {
          AppReport last = before.getOrDefault(name, AppReport.NOTHING);
          drifts(name, last, report);
          report
              .condition(Condition.Type.READY)
              .filter(is -> isNew(last, is))
              .ifPresent(
                  is ->
                      reasons.stream()
                          .filter(is::is)
                          .forEach(
                              reason ->
                                  events.tell(
                                      is.status() == Condition.Status.FALSE
                                          ? Type.WARNING
                                          : Type.NORMAL,
                                      name,
                                      reason,
                                      is.message())));
        });
    before = new TreeMap<>(now);
  }

  private static boolean isNew(AppReport last, Condition is) {
    return last.condition(Condition.Type.READY)
        .filter(was -> was.reason().equals(is.reason()) && was.status() == is.status())
        .isEmpty();
  }

  private void drifts(AppName name, AppReport last, AppReport now) {
    Map<DriftKey, Drift> ended = new HashMap<>();
    last.drifts().forEach(drift -> ended.put(drift.key(), drift));
    for (Drift drift : now.drifts()) {
      if (ended.remove(drift.key()) == null) {
        events.tell(
            Type.WARNING,
            name,
            Reason.DRIFT_DETECTED,
            "%s %s is %s, declared %s"
                .formatted(
                    drift.difference().layer(),
                    drift.difference().subject(),
                    drift.difference().observed(),
                    drift.difference().declared()));
      }
    }
    ended
        .values()
        .forEach(
            drift ->
                events.tell(
                    Type.NORMAL,
                    name,
                    Reason.NO_DRIFT_DETECTED,
                    "%s %s is as declared again"
                        .formatted(drift.difference().layer(), drift.difference().subject())));
  }
}
