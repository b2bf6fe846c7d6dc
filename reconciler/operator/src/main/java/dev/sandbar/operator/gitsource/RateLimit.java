package dev.sandbar.operator.gitsource;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** So many requests per name: a burst, then a steady rate. */
final class RateLimit {
  private static final double BURST = 20;
  private static final double PER_SECOND = 2;
  private static final int MOST_NAMES = 10_000;

  private final Clock clock;
  private final Map<String, Bucket> buckets = new HashMap<>();

  private static final class Bucket {
    double left = BURST;
    Instant at;

    Bucket(Instant at) {
      this.at = at;
    }
  }

  RateLimit(Clock clock) {
    this.clock = clock;
  }

  synchronized boolean permits(String name) {
    Instant now = clock.instant();
    if (buckets.size() >= MOST_NAMES) {
      buckets.clear();
    }
    Bucket bucket = buckets.computeIfAbsent(name, unused -> new Bucket(now));
    double gained = Duration.between(bucket.at, now).toMillis() / 1000.0 * PER_SECOND;
    bucket.left = Math.min(BURST, bucket.left + Math.max(gained, 0));
    bucket.at = now;
    if (bucket.left < 1) {
      return false;
    }
    bucket.left -= 1;
    return true;
  }
}
