package dev.sandbar.cli.fleet;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/** Spans of time for people. */
final class Ages {
  private Ages() {}

  /** {@code 5 s}, {@code 3 min}, {@code 2 h}, {@code 4 d}. */
  static String text(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 120 * 60) {
      return seconds / 60 + " min";
    }
    return seconds < 48 * 3600 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }

  /** How long ago this was, or the text itself if it is no time. */
  static String since(String time, Instant now) {
    try {
      return text(Duration.between(Instant.parse(time), now));
    } catch (DateTimeException _) {
      return time;
    }
  }
}
