package dev.sandbar.core.report;

import dev.sandbar.core.plan.Difference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** Follows the drifts of one app from observation to observation. */
public final class DriftFold {

  private DriftFold() {}

  /** A drift that begins or ends. */
  public sealed interface Event {
    /** The drift; of one that ended, as last seen. */
    Drift drift();

    /** It was not there before. */
    record Begun(Drift drift) implements Event {}

    /** It is no longer there. */
    record Ended(Drift drift, Instant at) implements Event {}
  }

  /**
   * @param current every drift that there is now, in order of unit, layer and subject
   * @param events what changed
   */
  public record Folded(List<Drift> current, List<Event> events) {
    public Folded {
      current = List.copyOf(current);
      events = List.copyOf(events);
    }
  }

  /**
   * The drifts after an observation. A drift whose values change keeps its beginning.
   *
   * @param previous the drifts before it
   * @param differences what was seen
   */
  public static Folded fold(
      Collection<Drift> previous, Collection<Difference> differences, Instant now) {
    var before = new TreeMap<DriftKey, Drift>();
    previous.forEach(d -> before.put(d.key(), d));
    var current = new TreeMap<DriftKey, Drift>();
    var events = new ArrayList<Event>();
    for (Difference difference : differences) {
      DriftKey key = DriftKey.of(difference);
      Drift known = before.remove(key);
      var drift = new Drift(difference, known == null ? now : known.since());
      boolean seenTwice = current.put(key, drift) != null;
      if (known == null && !seenTwice) {
        events.add(new Event.Begun(drift));
      }
    }
    before.values().stream()
        .filter(d -> !current.containsKey(d.key()))
        .forEach(d -> events.add(new Event.Ended(d, now)));
    return new Folded(List.copyOf(current.values()), events);
  }
}
