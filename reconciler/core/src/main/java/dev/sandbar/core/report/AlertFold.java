package dev.sandbar.core.report;

import dev.sandbar.core.model.AppName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Folds the alerts of one app: each alert begins once, is kept alive, and ends once. */
public final class AlertFold {

  private AlertFold() {}

  /** What to send. */
  public sealed interface Event {
    /** The alert. */
    Alert alert();

    /** It is new. */
    record Begun(Alert alert) implements Event {}

    /** It lasts; receivers that forget are reminded. */
    record KeptAlive(Alert alert) implements Event {}

    /** It is over. */
    record Ended(Alert alert, Instant at) implements Event {}
  }

  /**
   * @param current every alert that lasts
   * @param events what to send, in order
   */
  public record Folded(List<Alert> current, List<Event> events) {
    public Folded {
      current = List.copyOf(current);
      events = List.copyOf(events);
    }
  }

  /**
   * The alerts after an observation.
   *
   * @param previous the alerts of the app before it
   * @param drifts of the app
   * @param fights among them
   * @param remindEvery how often a lasting alert is sent again
   */
  public static Folded fold(
      AppName app,
      Collection<Alert> previous,
      Collection<Drift> drifts,
      Set<DriftKey> fights,
      Duration remindEvery,
      Instant now) {
    var before = new TreeMap<Alert.Identity, Alert>();
    previous.forEach(a -> before.put(a.identity(), a));
    var current = new ArrayList<Alert>();
    var events = new ArrayList<Event>();
    for (Alert wanted : wanted(app, previous, drifts, fights, now)) {
      Alert known = before.remove(wanted.identity());
      if (known == null) {
        current.add(wanted);
        events.add(new Event.Begun(wanted));
      } else if (!now.isBefore(known.toldAt().plus(remindEvery))) {
        Alert told = updated(known, wanted).toldAgain(now);
        current.add(told);
        events.add(new Event.KeptAlive(told));
      } else {
        current.add(updated(known, wanted));
      }
    }
    before.values().forEach(a -> events.add(new Event.Ended(a, now)));
    return new Folded(current, events);
  }

  /** The values as last seen, under the old beginning. */
  private static Alert updated(Alert known, Alert seen) {
    return new Alert(
        known.app(),
        known.key(),
        known.reason(),
        seen.declared(),
        seen.observed(),
        known.since(),
        known.toldAt());
  }

  private static List<Alert> wanted(
      AppName app,
      Collection<Alert> previous,
      Collection<Drift> drifts,
      Set<DriftKey> fights,
      Instant now) {
    var wanted = new ArrayList<Alert>();
    var seen = new TreeSet<DriftKey>();
    for (Drift drift : drifts) {
      seen.add(drift.key());
      wanted.add(alert(app, drift, Reason.DRIFT_DETECTED, drift.since(), now));
      if (fights.contains(drift.key())) {
        wanted.add(alert(app, drift, Reason.FIGHT_DETECTED, now, now));
      }
    }
    // A drift that is fought over comes back: that it is corrected for a moment does not end it.
    for (Alert alert : previous) {
      if (fights.contains(alert.key()) && !seen.contains(alert.key())) {
        wanted.add(alert);
      }
    }
    return wanted;
  }

  private static Alert alert(AppName app, Drift drift, Reason reason, Instant since, Instant now) {
    return new Alert(
        app,
        drift.key(),
        reason,
        drift.difference().declared(),
        drift.difference().observed(),
        since,
        now);
  }
}
