package dev.sandbar.core.bundle;

import java.time.Instant;

/** Times as the API server writes them. */
final class Times {
  private Times() {}

  /** Whole seconds, for example {@code 2026-03-01T10:00:00Z}. */
  static String seconds(Instant instant) {
    return Instant.ofEpochSecond(instant.getEpochSecond()).toString();
  }
}
