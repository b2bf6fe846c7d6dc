package dev.sandbar.source.git;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether one commit descends from another. The clone of the manifests has no history, so commits
 * alone, without what is in them, are fetched into one that is thrown away. What cannot be shown is
 * not claimed: a server that refuses, or a history that is longer than is looked through, leaves
 * the answer at no.
 */
final class History {
  private static final Logger LOG = LoggerFactory.getLogger(History.class);

  /** Most pushes are short; a device that was away for long has more to ask for. */
  private static final int SHORT = 50;

  private static final int MIDDLING = 500;
  private static final int LONG = 2_000;

  private final GitSettings settings;
  private final Remote.Access access;
  private final Path stateDirectory;
  private final PollBounds bounds;

  History(GitSettings settings, Remote.Access access, Path stateDirectory, PollBounds bounds) {
    this.settings = settings;
    this.access = access;
    this.stateDirectory = stateDirectory;
    this.bounds = bounds;
  }

  /**
   * Whether the commit is the base or comes after it.
   *
   * @param revision that was fetched last
   */
  boolean follows(String revision, String base) {
    String commit = commit(revision);
    if (commit.equals(commit(base))) {
      return true;
    }
    if (!SettingsCheck.isCommit(commit) || !SettingsCheck.isCommit(commit(base))) {
      return false;
    }
    ObjectId tip = ObjectId.fromString(commit);
    ObjectId ancestor = ObjectId.fromString(commit(base));
    try {
      if (isParent(tip, ancestor)) {
        return true;
      }
    } catch (IOException | RuntimeException e) {
      // The next poll makes the clone anew; history is asked of the server.
      LOG.debug("source={} action=history {}", settings.url(), e.getMessage());
    }
    // A server that sends no commits alone sends them with all that is in them: then fewer.
    return search(tip, ancestor, Remote.Extent.commits(SHORT))
        || search(tip, ancestor, Remote.Extent.commits(LONG))
        || search(tip, ancestor, Remote.Extent.whole(SHORT))
        || search(tip, ancestor, Remote.Extent.whole(MIDDLING));
  }

  /** Not getParents(): a clone without history has none. The commit itself still names them. */
  private boolean isParent(ObjectId tip, ObjectId ancestor) throws IOException {
    try (Repository repository = new LocalClone(stateDirectory, settings).open(bounds);
        RevWalk walk = new RevWalk(repository)) {
      String header =
          new String(walk.parseCommit(tip).getRawBuffer(), StandardCharsets.ISO_8859_1)
              .split("\n\n", 2)[0];
      return header.contains("\nparent " + ancestor.name());
    }
  }

  private boolean search(ObjectId tip, ObjectId ancestor, Remote.Extent extent) {
    var clone = LocalClone.ofHistory(stateDirectory, settings);
    try {
      clone.wipe();
      try (Repository repository = clone.open(bounds)) {
        fetch(repository, extent);
        return isAncestor(repository, tip, ancestor);
      } finally {
        clone.wipe();
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("source={} action=history {}", settings.url(), e.getMessage());
      return false;
    }
  }

  private void fetch(Repository repository, Remote.Extent extent) throws IOException {
    try (Remote remote =
        Remote.open(
            repository, settings, access, stateDirectory, bounds, new ServerAnswer(), extent)) {
      Remote.Tip now =
          remote.tip(settings.ref()).orElseThrow(() -> new IOException("the ref is gone"));
      remote.fetch(now);
    }
  }

  private boolean isAncestor(Repository repository, ObjectId tip, ObjectId ancestor)
      throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      walk.setRetainBody(false);
      walk.markStart(walk.parseCommit(tip));
      for (RevCommit commit : walk) {
        bounds.checkTime();
        if (commit.equals(ancestor)) {
          return true;
        }
      }
      return false;
    }
  }

  private static String commit(String revision) {
    return revision.substring(revision.lastIndexOf(':') + 1);
  }
}
