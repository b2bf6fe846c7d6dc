package dev.sandbar.core.fleet;

import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Conditions in the making; keeps the time of those whose status stays. */
final class ConditionDraft {
  private static final int LONGEST = 512;

  private final SortedMap<Type, FleetCondition> before = new TreeMap<>();
  private final SortedMap<Type, FleetCondition> after = new TreeMap<>();
  private final long generation;
  private final Instant now;

  ConditionDraft(List<FleetCondition> previous, long generation, Instant now) {
    previous.forEach(condition -> before.put(condition.type(), condition));
    this.generation = generation;
    this.now = now;
  }

  void set(Type type, Status status, Reason reason, String message) {
    set(type, status, reason.text(), message);
  }

  void set(Type type, Status status, String reason, String message) {
    FleetCondition old = before.get(type);
    Instant since = old != null && old.status() == status ? old.since() : now;
    String text = message.length() > LONGEST ? message.substring(0, LONGEST) : message;
    after.put(type, new FleetCondition(type, status, reason, text, since, generation));
  }

  List<FleetCondition> conditions() {
    return new ArrayList<>(after.values());
  }
}
