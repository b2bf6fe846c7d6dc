package dev.sandbar.operator.gitsource;

import dev.sandbar.source.git.GitLimits;
import dev.sandbar.source.git.GitReach;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * How GitSources are followed.
 *
 * @param namespaces whose GitSources are followed; empty for all
 * @param cacheDirectory holds a bare clone per source; may be lost at any time
 * @param reach where repositories may be
 * @param limits of one look at a repository; the timeout is the GitSource's own
 * @param looks so many repositories are looked at at a time
 * @param writes so many writes to the API server are under way at a time
 */
public record GitSourceConfig(
    List<String> namespaces,
    Path cacheDirectory,
    GitReach reach,
    GitLimits limits,
    int looks,
    int writes) {

  public GitSourceConfig {
    namespaces = List.copyOf(namespaces);
    if (looks < 1 || writes < 1) {
      throw new IllegalArgumentException("at least one at a time");
    }
  }

  /** Other machines by https and ssh, four looks and eight writes at a time. */
  public static GitSourceConfig of(Collection<String> namespaces, Path cacheDirectory) {
    return new GitSourceConfig(
        List.copyOf(namespaces), cacheDirectory, GitReach.OTHER_MACHINES, GitLimits.DEFAULT, 4, 8);
  }

  /** The same with another reach. */
  public GitSourceConfig withReach(GitReach other) {
    return new GitSourceConfig(namespaces, cacheDirectory, other, limits, looks, writes);
  }
}
