package dev.sandbar.source.git;

import dev.sandbar.source.SnapshotLimits;
import java.time.Duration;

/**
 * Bounds of one poll. Git's own protocol has none: a server may send as much as it likes.
 *
 * @param files what is read out of the repository
 * @param timeout the longest that a poll may take
 * @param maxAnswerBytes what the server may send before a pack begins, mostly names of branches
 * @param maxPackBytes bytes of one pack
 * @param maxObjects objects of one pack
 * @param maxObjectBytes bytes of one object, unpacked, anywhere in the repository; an object that
 *     is stored as a difference is held in memory while it is unpacked
 */
public record GitLimits(
    SnapshotLimits files,
    Duration timeout,
    long maxAnswerBytes,
    long maxPackBytes,
    long maxObjects,
    long maxObjectBytes) {

  private static final long MIB = 1024 * 1024;

  /** One minute, 1 MiB of answers, packs of 64 MiB with 100 000 objects of at most 4 MiB. */
  public static final GitLimits DEFAULT =
      new GitLimits(SnapshotLimits.DEFAULT, Duration.ofMinutes(1), MIB, 64 * MIB, 100_000, 4 * MIB);

  public GitLimits withTimeout(Duration time) {
    return new GitLimits(files, time, maxAnswerBytes, maxPackBytes, maxObjects, maxObjectBytes);
  }
}
