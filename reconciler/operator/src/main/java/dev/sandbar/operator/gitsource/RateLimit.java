package dev.sandbar.operator.gitsource;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** So many requests per name: a burst, then a steady rate. */
final class RateLimit {
  private static final int MOST_NAMES = 10_000;

  private final Clock clock;
  private final double burst;
  private final double perSecond;
  private final Map<String, Bucket> buckets = new HashMap<>();

  private static final class Bucket {
    double left;
    Instant at;

    Bucket(double left, Instant at) {
      this.left = left;
      this.at = at;
    }
  }

  RateLimit(Clock clock, double burst, double perSecond) {
    this.clock = clock;
    this.burst = burst;
    this.perSecond = perSecond;
  }

  synchronized boolean permits(String name) {
    Instant now = clock.instant();
    if (buckets.size() >= MOST_NAMES) {
      buckets.clear();
    }
    Bucket bucket = buckets.computeIfAbsent(name, unused -> new Bucket(burst, now));
    double gained = Duration.between(bucket.at, now).toMillis() / 1000.0 * perSecond;
    bucket.left = Math.min(burst, bucket.left + Math.max(gained, 0));
    bucket.at = now;
    if (bucket.left < 1) {
      return false;
    }
    bucket.left -= 1;
    return true;
  }
}
