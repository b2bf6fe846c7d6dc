package dev.sandbar.core.plan;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the planner may do beside applying new versions.
 *
 * @param remove apps to remove, as {@link PruneGuard} let them pass
 * @param paused units whose drift is not corrected now, because the last corrections did not last
 * @param correctAll whether drift is corrected also where the spec says Detect: a person asked
 * @param removeState whether the directories of removed apps go too
 * @param takeBack apps of which nothing shall be there, with the reason: they stop and lose their
 *     unit; what they wrote stays for the next try
 * @param suspended units that nothing is done about, neither applied nor corrected
 */
public record Orders(
    SortedSet<AppName> remove,
    SortedSet<UnitName> paused,
    boolean correctAll,
    boolean removeState,
    SortedMap<AppName, String> takeBack,
    SortedSet<UnitName> suspended) {

  /** Applies and corrects as the specs say, removes nothing. */
  public static final Orders AS_DECLARED =
      new Orders(Collections.emptySortedSet(), Collections.emptySortedSet(), false, false);

  /** Makes everything as declared, removes nothing. */
  public static final Orders EVERYTHING =
      new Orders(Collections.emptySortedSet(), Collections.emptySortedSet(), true, false);

  public Orders {
    remove = Collections.unmodifiableSortedSet(new TreeSet<>(remove));
    paused = Collections.unmodifiableSortedSet(new TreeSet<>(paused));
    takeBack = Collections.unmodifiableSortedMap(new TreeMap<>(takeBack));
    suspended = Collections.unmodifiableSortedSet(new TreeSet<>(suspended));
  }

  /** Orders of which nothing is suspended. */
  public Orders(
      SortedSet<AppName> remove,
      SortedSet<UnitName> paused,
      boolean correctAll,
      boolean removeState,
      SortedMap<AppName, String> takeBack) {
    this(remove, paused, correctAll, removeState, takeBack, Collections.emptySortedSet());
  }

  /** Orders that take back nothing. */
  public Orders(
      SortedSet<AppName> remove,
      SortedSet<UnitName> paused,
      boolean correctAll,
      boolean removeState) {
    this(remove, paused, correctAll, removeState, Collections.emptySortedMap());
  }

  /** This, and these apps removed. */
  public Orders removing(SortedSet<AppName> apps) {
    return new Orders(apps, paused, correctAll, removeState, takeBack, suspended);
  }

  /** This, without correcting these units. */
  public Orders pausing(SortedSet<UnitName> units) {
    return new Orders(remove, units, correctAll, removeState, takeBack, suspended);
  }
}
