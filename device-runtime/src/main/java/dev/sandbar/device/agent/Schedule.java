package dev.sandbar.device.agent;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.agent.AppRecord.Trial;
import java.time.Duration;
import java.time.Instant;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When the loop has something to do though nothing came in: a sweep, the end of a trial, the next
 * try of a version, a correction that waits. Waits last as long as they were meant to, however the
 * device's clock is set meanwhile.
 */
final class Schedule {
  private static final Logger LOG = LoggerFactory.getLogger(Schedule.class);

  /** After a fault of the agent itself. */
  private static final Duration AGAIN = Duration.ofSeconds(30);

  private static final Duration LEAST = Duration.ofMillis(50);

  private static final int PARTS = 10;
  private static final Duration MOST_AHEAD = Duration.ofSeconds(1);

  private final LoopTime time;
  private final Memory memory;
  private final RoundReporter reporter;
  private final Duration sweep;
  private final Duration quickCheck;
  private final Duration interval;
  private Instant lastRound = Instant.MIN;
  private Instant sweepDue;
  private Instant quickDue;

  /**
   * @param sweep between two looks at everything
   * @param quickCheck at most between two quick checks
   */
  Schedule(
      LoopTime time, Memory memory, RoundReporter reporter, Duration sweep, Duration quickCheck) {
    this.time = time;
    this.memory = memory;
    this.reporter = reporter;
    this.sweep = sweep;
    // So much earlier that what is found then is reported in time.
    Duration part = quickCheck.dividedBy(PARTS);
    this.quickCheck = quickCheck.minus(part.compareTo(MOST_AHEAD) < 0 ? part : MOST_AHEAD);
    this.interval = sweep.compareTo(quickCheck) <= 0 ? sweep : quickCheck;
    this.sweepDue = time.now();
    this.quickDue = time.now();
  }

  /** To be called before anything is asked of it after a wait: the clock may have been set. */
  void follow() {
    Duration step = time.follow();
    if (step.isZero()) {
      return;
    }
    LOG.warn("action=clock set by={} waits go on as they were", step);
    memory.shift(step);
    reporter.shift(step);
    sweepDue = sweepDue.plus(step);
    quickDue = quickDue.plus(step);
    lastRound = lastRound.equals(Instant.MIN) ? lastRound : lastRound.plus(step);
  }

  /** A round begins now. */
  Instant begin() {
    lastRound = time.now();
    return lastRound;
  }

  /**
   * Everything was looked at.
   *
   * @param good false if it failed by a fault of the agent itself: it is looked at again soon
   */
  void swept(boolean good) {
    sweepDue = time.now().plus(sweep);
    checked();
    if (!good) {
      hurry();
    }
  }

  /** A quick check was made, or more than that. */
  void checked() {
    // Looks at everything that come as often leave nothing to check.
    quickDue = interval.equals(sweep) ? sweepDue : time.now().plus(quickCheck);
  }

  /** When what is reported must not be believed any more: three checks were missed. */
  Duration staleAfter() {
    return interval.multipliedBy(3);
  }

  boolean isQuickDue() {
    return !time.now().isBefore(quickDue);
  }

  /** Everything is looked at again soon. */
  void hurry() {
    sweepDue = earlier(sweepDue, time.now().plus(AGAIN));
  }

  boolean isSweepDue() {
    return !time.now().isBefore(sweepDue);
  }

  /**
   * Units whose trial is over, or whose failed version may be tried again, or whose correction is
   * due.
   */
  SortedSet<UnitName> due() {
    Instant now = time.now();
    var due = new TreeSet<UnitName>();
    for (AppRecord record : memory.records().values()) {
      Instant at = dueAt(record);
      if (at.isAfter(lastRound) && !at.isAfter(now)) {
        due.add(memory.units().of(record.name()));
      }
    }
    memory
        .waits()
        .all()
        .forEach(
            (name, wait) -> {
              if (wait.until().isAfter(lastRound) && !wait.until().isAfter(now)) {
                due.add(memory.units().of(name));
              }
            });
    reporter
        .drifts()
        .forEach(
            (name, drifts) -> {
              if (!drifts.isEmpty()) {
                due.add(memory.units().of(name));
              }
            });
    return due;
  }

  private static Instant dueAt(AppRecord record) {
    return switch (record.trial()) {
      case Trial.None(), Trial.Rejected _ -> Instant.MAX;
      case Trial.Settling(_, var until, _, _) -> until;
      case Trial.Failed failed -> failed.retryAt();
    };
  }

  /** How long to wait if nothing comes in. */
  Duration untilNext() {
    Instant now = time.now();
    Instant next = earlier(sweepDue, quickDue);
    for (AppRecord record : memory.records().values()) {
      // What a round after its time did not settle waits for a signal or the sweep, else the loop
      // would spin.
      Instant at = dueAt(record);
      next = at.isAfter(lastRound) ? earlier(next, at) : next;
    }
    for (UpdateWaits.Wait wait : memory.waits().all().values()) {
      next = wait.until().isAfter(lastRound) ? earlier(next, wait.until()) : next;
    }
    next = earlier(next, reporter.nextCorrection(now));
    Duration left = Duration.between(now, next);
    return left.compareTo(LEAST) < 0 ? LEAST : left;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}
