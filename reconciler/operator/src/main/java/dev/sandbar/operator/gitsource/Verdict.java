package dev.sandbar.operator.gitsource;

import java.util.List;

/** What is to be done with one declared app. */
sealed interface Verdict {
  /** Nothing: it is as declared. */
  record Settled() implements Verdict {}

  /** It is not there yet. */
  record New() implements Verdict {}

  /** Git declares something else than before. */
  record Changed() implements Verdict {}

  /** Somebody changed or deleted it; Git did not. */
  record Drifted(List<FieldDifference> differences, String by) implements Verdict {
    public Drifted {
      differences = List.copyOf(differences);
      if (differences.isEmpty()) {
        throw new IllegalArgumentException("a drift without a difference");
      }
    }
  }

  /** It belongs to somebody else. */
  record Foreign(String owner) implements Verdict {}

  /** It is being deleted; the watch sends when it has gone. */
  record Going() implements Verdict {}
}
