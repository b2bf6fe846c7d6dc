package dev.sandbar.device.apply;

import dev.sandbar.core.compile.AppTimer;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts and stops the timers that start apps. */
final class Timers {
  private static final Logger LOG = LoggerFactory.getLogger(Timers.class);

  /**
   * A timer neither waits nor runs anything while it is started or stopped. But one whose job does
   * not end in time is taken back, and systemd may be busy with a reload that somebody else wants.
   */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Machine machine;

  Timers(Machine machine) {
    this.machine = machine;
  }

  /** The timers of an app's versions that have a file. */
  List<UnitName> of(UnitName unit) {
    return machine.units().beside().stream()
        .filter(it -> unit.ownApp().filter(app -> AppTimer.isOf(app, it)).isPresent())
        .toList();
  }

  /** Whether it is enabled, and so the one that the unit of its app names. */
  boolean isEnabled(UnitName timer) {
    return machine.units().isWanted(timer, UnitName.TARGET);
  }

  /**
   * Has a timer start an app at its times. That the app failed before, as another version, does not
   * count any more.
   *
   * @throws SystemdException if it does not start
   */
  void start(UnitName unit, UnitName timer) {
    forgetFailure(unit);
    forgetFailure(timer);
    JobOutcome outcome = run(Verb.START, timer);
    if (!outcome.done()) {
      throw refused(
          "%s did not start (%s): 'systemctl status %s' says why; a time zone that the device does not know comes with its package tzdata"
              .formatted(timer, outcome.result(), timer));
    }
  }

  /**
   * Has it start nothing any more.
   *
   * @throws SystemdException if it does not stop
   * @throws IOException if what starts it at boot cannot be removed
   */
  void stop(UnitName timer) throws IOException {
    JobOutcome outcome = run(Verb.STOP, timer);
    Links.remove(machine, timer);
    if (!outcome.done()) {
      throw refused("%s did not stop: %s".formatted(timer, outcome.result()));
    }
  }

  private JobOutcome run(Verb verb, UnitName timer) {
    return machine.systemd().run(List.of(new Job(verb, timer)), LIMIT).getFirst();
  }

  private void forgetFailure(UnitName unit) {
    try {
      machine.systemd().resetFailed(unit);
    } catch (SystemdException e) {
      // Not loaded: then it has not failed either.
      LOG.debug("unit={} action=reset-failed {}", unit, e.getMessage());
    }
  }

  private static SystemdException refused(String why) {
    return new SystemdException(SystemdException.Kind.REFUSED, why, null);
  }
}
