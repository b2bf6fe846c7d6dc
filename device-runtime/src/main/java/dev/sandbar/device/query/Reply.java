package dev.sandbar.device.query;

import dev.sandbar.core.bundle.QueryContract;

/** What becomes of a question. */
public sealed interface Reply {
  /** It is answered. */
  record Answered(Answer answer) implements Reply {}

  /**
   * It is not.
   *
   * @param message what is wrong and what to do, for whoever asked; readable by others
   */
  record Refused(QueryContract.Refusal reason, String message) implements Reply {}
}
