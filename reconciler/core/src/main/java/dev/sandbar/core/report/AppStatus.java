package dev.sandbar.core.report;

import dev.sandbar.core.plan.Subject;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What is known of an app at one moment; its conditions follow from it.
 *
 * @param revision of the source that the app was applied from; empty if none was
 * @param drifts only of an applied app
 * @param suspension whether it is left as it is
 * @param fights those of the drifts that somebody brings back after every correction
 * @param unresolved which hosts of {@code internetTo} have no address; empty if all have one
 */
public record AppStatus(
    String revision,
    Progress progress,
    Health health,
    Suspension suspension,
    List<Drift> drifts,
    SortedSet<DriftKey> fights,
    String unresolved) {
  public AppStatus {
    drifts = List.copyOf(drifts);
    fights = Collections.unmodifiableSortedSet(new TreeSet<>(fights));
  }

  /** Of an app that reaches whatever it names. */
  public AppStatus(
      String revision,
      Progress progress,
      Health health,
      Suspension suspension,
      List<Drift> drifts,
      SortedSet<DriftKey> fights) {
    this(revision, progress, health, suspension, drifts, fights, "");
  }

  /** Whether its suspension keeps from the device what is declared. */
  boolean leavesUndone() {
    return !suspension.undone().isEmpty();
  }

  /** Whether the only drift is that the process is older than its unit. */
  boolean needsOnlyRestart() {
    return !drifts.isEmpty()
        && drifts.stream()
            .map(Drift::difference)
            .allMatch(d -> d.subject() == Subject.Processes.GENERATION);
  }
}
