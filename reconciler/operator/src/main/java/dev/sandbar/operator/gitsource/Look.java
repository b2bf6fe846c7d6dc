package dev.sandbar.operator.gitsource;

import dev.sandbar.core.report.Reason;
import java.time.Duration;

/** What a look at the repository gave. */
sealed interface Look {
  /** The repository still is at the revision that was read last. */
  record Unchanged() implements Look {}

  /** Something else than before. */
  record Found(DeclaredApps declared) implements Look {}

  /**
   * Nothing was learned; what was read before stays.
   *
   * @param stalled whether it waits for a person
   * @param message what is wrong and how to fix it, free of secrets
   * @param retryAfter how long the server asks to be left alone; zero if it does not
   */
  record Failed(Reason reason, boolean stalled, String message, Duration retryAfter)
      implements Look {
    Failed(Reason reason, boolean stalled, String message) {
      this(reason, stalled, message, Duration.ZERO);
    }
  }
}
