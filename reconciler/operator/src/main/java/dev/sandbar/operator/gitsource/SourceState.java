package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.report.Reason;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * All that the status of a GitSource is made from.
 *
 * @param failure why the last look at the repository or its spec was of no use; of reason {@code
 *     SUCCEEDED} if it was
 * @param revision what was read last; empty if nothing has been
 * @param problems of files and objects that wait for a person
 * @param foreign apps that belong to somebody else, with the owner
 * @param failed apps whose write failed and is tried again, with why
 * @param heldBack why apps that are no longer declared stay; empty if none does
 * @param drifts apps that differ from Git, with how
 * @param fights apps whose corrections are undone again and again
 * @param failing apps that no device runs as declared, with why
 * @param inventory the apps that the source owns
 */
record SourceState(
    Failure failure,
    String revision,
    List<Diagnostic> problems,
    SortedMap<String, String> foreign,
    SortedMap<String, String> failed,
    String heldBack,
    SortedMap<String, Verdict.Drifted> drifts,
    SortedSet<String> fights,
    SortedMap<String, Live.Failing> failing,
    SortedSet<String> inventory) {

  /** Why nothing could be read. */
  record Failure(Reason reason, boolean stalled, String message) {
    static final Failure NONE = new Failure(Reason.SUCCEEDED, false, "");

    boolean isNone() {
      return reason == Reason.SUCCEEDED;
    }
  }

  /** The state of a source of which nothing has been read. */
  static SourceState of(Failure failure) {
    return new SourceState(
        failure,
        "",
        List.of(),
        Collections.emptySortedMap(),
        Collections.emptySortedMap(),
        "",
        Collections.emptySortedMap(),
        Collections.emptySortedSet(),
        Collections.emptySortedMap(),
        Collections.emptySortedSet());
  }

  /** True if everything of the revision is in force. */
  boolean isApplied() {
    return failure.isNone()
        && !revision.isEmpty()
        && problems.isEmpty()
        && foreign.isEmpty()
        && heldBack.isEmpty()
        && failed.isEmpty();
  }
}
