package dev.sandbar.device.agent;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.device.agent.AppRecord.Trial;
import java.time.Instant;

/** Judges whether a new version stays up. */
final class Trials {

  /** What there is to say. */
  enum Verdict {
    STILL_SETTLING,
    PROVED,
    FELL_OVER
  }

  private Trials() {}

  static ObservedUnit unit(Observation seen, UnitName unit) {
    ObservedUnit observed = seen.units().get(unit);
    return observed == null ? ObservedUnit.absent(unit) : observed;
  }

  /**
   * Judges. A unit that somebody stopped or masked by hand has not fallen over; that is drift.
   *
   * @param seen a fresh look
   */
  static Verdict judge(Trial.Settling trial, ObservedUnit seen, Instant now) {
    if (seen.loaded().hasFallenOver(trial.restarts())) {
      return Verdict.FELL_OVER;
    }
    boolean active = seen.loaded().activeState().equals("active");
    return active && !now.isBefore(trial.until()) ? Verdict.PROVED : Verdict.STILL_SETTLING;
  }

  /** Why it fell over, for people. */
  static String why(ObservedUnit seen) {
    return seen.loaded().whyFallenOver(seen.name());
  }
}
