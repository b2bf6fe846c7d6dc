package dev.sandbar.core.report;

import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The conditions of one object in the making, of the device and of the cluster alike: one that is
 * not set is gone, and one whose status stays keeps its time.
 */
public final class ConditionSet {
  private final SortedMap<Type, Condition> previous = new TreeMap<>();
  private final SortedMap<Type, Condition> next = new TreeMap<>();
  private final Instant now;

  /**
   * Begins with none.
   *
   * @param previous those until now
   */
  public ConditionSet(Collection<Condition> previous, Instant now) {
    previous.forEach(condition -> this.previous.put(condition.type(), condition));
    this.now = now;
  }

  /** Sets one for a reason of ours. */
  public void set(Type type, Status status, Reason reason, String message) {
    set(type, status, reason.text(), message);
  }

  /** Sets one for a reason that is passed on. */
  public void set(Type type, Status status, String reason, String message) {
    Condition old = previous.get(type);
    Instant since = old != null && old.status() == status ? old.lastTransitionTime() : now;
    next.put(type, new Condition(type, status, reason, message, since));
  }

  /** Those that were set, in the order of the types. */
  public SortedMap<Type, Condition> conditions() {
    return Collections.unmodifiableSortedMap(next);
  }
}
