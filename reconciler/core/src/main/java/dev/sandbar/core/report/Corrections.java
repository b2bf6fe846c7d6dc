package dev.sandbar.core.report;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which drifts were corrected, how often and when: from it follow the waits between corrections,
 * and that somebody undoes each of them.
 *
 * @param made by drift
 */
public record Corrections(SortedMap<DriftKey, Made> made) {

  /** None yet. */
  public static final Corrections NONE = new Corrections(new TreeMap<>());

  /**
   * So many corrections of one drift, each undone before {@link #QUIET} had passed, are a fight.
   */
  public static final int FIGHT = 4;

  /** A correction that held this long has worked; the count starts again. */
  public static final Duration QUIET = Duration.ofMinutes(10);

  /**
   * @param count corrections in a row that did not hold
   * @param last when the last was made
   */
  public record Made(int count, Instant last) {}

  public Corrections {
    made = Collections.unmodifiableSortedMap(new TreeMap<>(made));
  }

  /** This, after these differences were corrected. */
  public Corrections after(Collection<Difference> corrected, Instant now) {
    var next = new TreeMap<DriftKey, Made>();
    made.forEach(
        (key, entry) -> {
          if (!isOver(entry, now)) {
            next.put(key, entry);
          }
        });
    var keys = new TreeSet<DriftKey>();
    corrected.forEach(d -> keys.add(DriftKey.of(d)));
    for (DriftKey key : keys) {
      Made before = next.get(key);
      next.put(key, new Made(before == null ? 1 : before.count() + 1, now));
    }
    return new Corrections(next);
  }

  /** This, after the clock was set by so much: waits and counts continue as they were. */
  public Corrections shifted(Duration step) {
    var next = new TreeMap<DriftKey, Made>();
    made.forEach((key, entry) -> next.put(key, new Made(entry.count(), entry.last().plus(step))));
    return new Corrections(next);
  }

  /** The units whose correction has to wait, because a difference of theirs came back too soon. */
  public SortedSet<UnitName> paused(
      Collection<Difference> differences, Backoff backoff, Instant now) {
    var paused = new TreeSet<UnitName>();
    for (Difference difference : differences) {
      Made entry = made.get(DriftKey.of(difference));
      if (entry != null && now.isBefore(entry.last().plus(backoff.after(entry.count())))) {
        paused.add(difference.unit());
      }
    }
    return paused;
  }

  /** When the last of these differences may be corrected again; now if they all may. */
  public Instant nextAttempt(Collection<Difference> differences, Backoff backoff, Instant now) {
    Instant next = now;
    for (Difference difference : differences) {
      Made entry = made.get(DriftKey.of(difference));
      if (entry != null) {
        Instant may = entry.last().plus(backoff.after(entry.count()));
        next = may.isAfter(next) ? may : next;
      }
    }
    return next;
  }

  /** The drifts that are corrected again and again without lasting. */
  public SortedSet<DriftKey> fights(Instant now) {
    var fights = new TreeSet<DriftKey>();
    made.forEach(
        (key, entry) -> {
          if (entry.count() >= FIGHT && !isOver(entry, now)) {
            fights.add(key);
          }
        });
    return fights;
  }

  private static boolean isOver(Made entry, Instant now) {
    return !now.isBefore(entry.last().plus(QUIET));
  }
}
