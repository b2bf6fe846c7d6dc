package dev.sandbar.core.fleet;

import dev.sandbar.core.report.Condition;
import java.time.Instant;

/**
 * A condition of an object of the cluster.
 *
 * @param reason one word; those of devices are passed on, so there is no list of all of them
 * @param since when the status last changed; a new reason or message does not move it
 * @param generation that was looked at
 */
public record FleetCondition(
    Condition.Type type,
    Condition.Status status,
    String reason,
    String message,
    Instant since,
    long generation) {

  /** Whether it holds. */
  public boolean holds() {
    return status == Condition.Status.TRUE;
  }
}
