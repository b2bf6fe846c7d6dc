package dev.sandbar.core.report;

import dev.sandbar.core.plan.Difference;
import java.time.Instant;

/**
 * A difference that lasts.
 *
 * @param difference as last seen
 * @param since when it was first seen
 */
public record Drift(Difference difference, Instant since) {

  /** What makes it the same drift. */
  public DriftKey key() {
    return DriftKey.of(difference);
  }
}
