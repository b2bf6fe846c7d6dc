package dev.sandbar.operator.gitsource;

import dev.sandbar.core.report.Reason;

/** What a look at the repository gave. */
sealed interface Look {
  /** The repository still is at the revision that was read last. */
  record Unchanged() implements Look {}

  /** Something else than before. */
  record Found(Declared declared) implements Look {}

  /**
   * Nothing was learned; what was read before stays.
   *
   * @param stalled whether it waits for a person
   * @param message what is wrong and the mend, free of secrets
   */
  record Failed(Reason reason, boolean stalled, String message) implements Look {}
}
