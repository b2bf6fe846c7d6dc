package dev.sandbar.source;

/**
 * How much of a source is read. A file that is too large is left out with a diagnostic; a source
 * that is too large as a whole is refused, because a part of it would look like removed apps.
 *
 * @param maxFiles manifest files
 * @param maxFileBytes bytes of one file
 * @param maxTotalBytes bytes of all manifest files
 * @param maxEntries names looked at, manifests or not
 * @param maxDepth folders inside each other
 */
public record SnapshotLimits(
    int maxFiles, int maxFileBytes, long maxTotalBytes, int maxEntries, int maxDepth) {

  /** 2000 files of 256 KiB, 16 MiB together, 50 000 names, 32 folders deep. */
  public static final SnapshotLimits DEFAULT =
      new SnapshotLimits(2000, 256 * 1024, 16L * 1024 * 1024, 50_000, 32);

  public SnapshotLimits {
    if (maxFiles < 1 || maxFileBytes < 1 || maxTotalBytes < 1 || maxEntries < 1 || maxDepth < 1) {
      throw new IllegalArgumentException("limits must be positive");
    }
  }
}
