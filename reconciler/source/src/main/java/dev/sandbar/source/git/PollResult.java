package dev.sandbar.source.git;

import dev.sandbar.source.Snapshot;

/** What a poll found. */
public sealed interface PollResult {

  /** The repository still is at the caller's revision. */
  record Unchanged(String revision) implements PollResult {}

  /**
   * The repository is at another revision, be it newer, older or unrelated: what the server says is
   * the truth. The snapshot may be empty.
   */
  record Fetched(Snapshot snapshot) implements PollResult {}

  /** Nothing could be learned; what the caller has stays as good as it was. */
  record Failed(Fault fault) implements PollResult {}

  /**
   * The server was not asked, for it wants to be left alone for a while yet.
   *
   * @param fault of the poll in which it said so, with the time that is left
   */
  record Resting(Fault fault) implements PollResult {}
}
