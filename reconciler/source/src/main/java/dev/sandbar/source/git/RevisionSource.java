package dev.sandbar.source.git;

import dev.sandbar.source.ContentKeeper;

/** A repository that is asked now and then whether it has changed. */
public interface RevisionSource {

  /**
   * Asks once. Blocks for at most the time limit of the source and never throws for anything that
   * the repository, the network or the local clone does. One poll runs at a time.
   *
   * @param previousRevision the revision that the caller has; empty if it has none
   */
  PollResult poll(String previousRevision);

  /**
   * The same, where what manifests name is kept.
   *
   * @param keeper used by a thread of the source, before this returns
   */
  default PollResult poll(String previousRevision, ContentKeeper keeper) {
    return poll(previousRevision);
  }

  /**
   * Whether the revision that was fetched last descends from another one, or is it. No, if that
   * cannot be shown. Blocks and throws no more than a poll does.
   *
   * @param base a revision of this source
   */
  default boolean follows(String revision, String base) {
    return revision.equals(base);
  }
}
