package dev.sandbar.device.report;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/**
 * Times of this device in terms of a server's clock, learned from the {@code Date} of its answers.
 * A device without a battery clock can be off by years until it finds a time server: Alertmanager
 * would refuse what begins in its future, and would take what ends there for lasting.
 */
public final class ServerClock {

  /** {@code Date} has whole seconds, and answers take a while: less is no evidence. */
  private static final Duration NOISE = Duration.ofSeconds(10);

  private final InstantSource local;
  private volatile Duration ahead = Duration.ZERO;

  /** Nothing heard yet: the local clock is believed. */
  public ServerClock(InstantSource local) {
    this.local = local;
  }

  /** The server answered with this {@code Date}. */
  public void heard(String date) {
    try {
      Instant theirs = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration difference = Duration.between(theirs, local.instant());
      ahead = difference.abs().compareTo(NOISE) > 0 ? difference : Duration.ZERO;
    } catch (DateTimeException e) {
      // A server without a clock teaches nothing.
    }
  }

  /** How far this device's clock is ahead, negative if behind. */
  public Duration ahead() {
    return ahead;
  }

  /** So long from now, as the server will read it. */
  Instant in(Duration wait) {
    return local.instant().minus(ahead).plus(wait);
  }

  /** A time that has passed, as the server would have read it; never in its future. */
  public Instant past(Instant time) {
    Duration correction = ahead;
    Instant theirs = time.minus(correction);
    Instant now = local.instant().minus(correction);
    return theirs.isAfter(now) ? now : theirs;
  }
}
