package dev.sandbar.core.bundle;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as the API server writes them. */
final class Times {
  private Times() {}

  /** Whole seconds, for example {@code 2026-03-01T10:00:00Z}. */
  static String seconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
