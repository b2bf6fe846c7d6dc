package dev.sandbar.operator;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that a test moves on. */
public final class HandClock extends Clock {
  private volatile Instant now;

  /** Begins now. */
  public HandClock() {
    this(Instant.now());
  }

  /** Begins then. */
  public HandClock(Instant begin) {
    now = begin;
  }

  /** Moves it on. */
  public void pass(Duration time) {
    now = now.plus(time);
  }

  @Override
  public Instant instant() {
    return now;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
