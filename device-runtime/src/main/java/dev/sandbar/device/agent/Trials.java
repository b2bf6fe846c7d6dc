package dev.sandbar.device.agent;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.device.agent.AppRecord.Trial;
import java.time.Instant;
import java.util.StringJoiner;

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
    String state = seen.loaded().activeState();
    boolean failed = state.equals("failed") || isAboutToRestart(seen);
    boolean restarted = seen.loaded().restarts() > trial.restarts();
    if (failed || restarted) {
      return Verdict.FELL_OVER;
    }
    boolean active = state.equals("active");
    return active && !now.isBefore(trial.until()) ? Verdict.PROVED : Verdict.STILL_SETTLING;
  }

  /** It has ended, and systemd waits before it counts and makes the next restart. */
  private static boolean isAboutToRestart(ObservedUnit seen) {
    return seen.loaded().subState().startsWith("auto-restart");
  }

  /** Why it fell over, for people. */
  static String why(ObservedUnit seen) {
    var loaded = seen.loaded();
    var why = new StringJoiner(", ", "it did not stay up: ", "");
    if (!loaded.activeState().equals("active")) {
      // Of a unit that is up again systemd tells the next life's result.
      why.add("result " + loaded.result()).add("exit status " + loaded.exitStatus());
    }
    if (loaded.restarts() > 0) {
      why.add(loaded.restarts() + (loaded.restarts() == 1 ? " restart" : " restarts"));
    }
    return why + "; look at 'journalctl -u " + seen.name() + "'";
  }
}
