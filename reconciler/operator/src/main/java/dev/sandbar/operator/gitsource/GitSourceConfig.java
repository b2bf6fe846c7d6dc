package dev.sandbar.operator.gitsource;

import dev.sandbar.source.git.GitReach;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * How GitSources are followed.
 *
 * @param namespaces whose GitSources are followed; empty for all
 * @param cacheDirectory holds a bare clone per source; may be lost at any time
 * @param reach where repositories may be: other machines, and in tests this one
 * @param cloneBytes what the clones that are not in use may take of the disk together
 * @param looks so many repositories are fetched at a time
 * @param looksOfOne so many of them of one namespace
 * @param writes so many writes to the API server are under way at a time
 */
public record GitSourceConfig(
    List<String> namespaces,
    Path cacheDirectory,
    GitReach reach,
    long cloneBytes,
    int looks,
    int looksOfOne,
    int writes) {

  /** With {@link #looks} packs under way it stays below the 2 GiB of the chart's volume. */
  private static final long CLONE_BYTES = 1L << 30;

  public GitSourceConfig {
    namespaces = List.copyOf(namespaces);
    if (looks < 1 || looksOfOne < 1 || writes < 1) {
      throw new IllegalArgumentException("at least one at a time");
    }
  }

  /** Other machines by https and ssh, twelve fetches and eight writes at a time. */
  public static GitSourceConfig of(Collection<String> namespaces, Path cacheDirectory) {
    return new GitSourceConfig(
        List.copyOf(namespaces), cacheDirectory, GitReach.OTHER_MACHINES, CLONE_BYTES, 12, 3, 8);
  }

  /** The same with another reach. */
  public GitSourceConfig withReach(GitReach other) {
    return new GitSourceConfig(
        namespaces, cacheDirectory, other, cloneBytes, looks, looksOfOne, writes);
  }
}
