package dev.sandbar.source.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.source.ContentKeeper;
import dev.sandbar.source.FoundContent;
import dev.sandbar.source.Included;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.SnapshotBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Optional;
import org.eclipse.jgit.errors.CorruptObjectException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectChecker;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.treewalk.TreeWalk;

/**
 * Reads the manifests of a commit straight from the object database: nothing is written, so no name
 * and no link of the repository can reach the file system.
 */
final class TreeReader {
  private final PollBounds bounds;
  private final SnapshotBuilder snapshot;
  private final ObjectChecker checker = new ObjectChecker().setSafeForMacOS(true);

  private final ContentKeeper keeper;

  private TreeReader(PollBounds bounds, ContentKeeper keeper) {
    this.bounds = bounds;
    this.keeper = keeper;
    this.snapshot = new SnapshotBuilder(bounds.limits().files());
  }

  /** The manifests below the path; empty if the commit has no such folder. */
  static Optional<Snapshot> read(
      Repository repository,
      ObjectId tree,
      String path,
      String revision,
      PollBounds bounds,
      ContentKeeper keeper)
      throws IOException {
    try (ObjectReader objects = repository.newObjectReader()) {
      ObjectId start = tree;
      if (!path.isEmpty()) {
        try (TreeWalk found = TreeWalk.forPath(objects, path, tree)) {
          if (found == null || found.getFileMode(0) != FileMode.TREE) {
            return Optional.empty();
          }
          start = found.getObjectId(0);
        }
      }
      var reader = new TreeReader(bounds, keeper);
      String prefix = path.isEmpty() ? "" : path + "/";
      reader.walk(objects, start, prefix);
      ObjectId root = start;
      reader.snapshot.include(
          wanted -> reader.included(objects, root, wanted.substring(prefix.length())));
      return Optional.of(reader.snapshot.build(revision));
    }
  }

  private void walk(ObjectReader objects, ObjectId start, String prefix) throws IOException {
    try (TreeWalk walk = new TreeWalk(objects)) {
      walk.addTree(start);
      while (walk.next()) {
        bounds.checkTime();
        snapshot.count(walk.getPathLength());
        String path = prefix + walk.getPathString();
        Optional<String> fault = nameFault(walk.getRawPath());
        if (fault.isPresent()) {
          snapshot.refuseName(path, fault.get());
        } else if (!SnapshotBuilder.isHidden(walk.getNameString())) {
          visit(walk, path);
        }
      }
    }
  }

  private void visit(TreeWalk walk, String path) throws IOException {
    FileMode mode = walk.getFileMode(0);
    if (mode == FileMode.TREE) {
      if (snapshot.enters(path, walk.getDepth() + 1)) {
        walk.enterSubtree();
      }
    } else if (mode == FileMode.SYMLINK) {
      snapshot.refuseLink(path);
    } else if (mode == FileMode.GITLINK) {
      snapshot.refuseSubmodule(path);
    } else if (SnapshotBuilder.isRead(path)) {
      ObjectReader objects = walk.getObjectReader();
      ObjectId blob = walk.getObjectId(0);
      if (snapshot.fits(path, objects.getObjectSize(blob, Constants.OBJ_BLOB))) {
        int most = bounds.limits().files().maxFileBytes();
        snapshot.add(path, objects.open(blob, Constants.OBJ_BLOB).getCachedBytes(most));
      }
    }
  }

  /** A file that a manifest names; only those are read beside the manifests. */
  private Included included(ObjectReader objects, ObjectId root, String path) throws IOException {
    bounds.checkTime();
    ObjectId folder = root;
    String[] segments = path.split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      try (TreeWalk found = TreeWalk.forPath(objects, segments[i], folder)) {
        FileMode mode = found == null ? FileMode.MISSING : found.getFileMode(0);
        boolean last = i == segments.length - 1;
        if (mode == FileMode.SYMLINK) {
          return FoundContent.link();
        }
        if (last
            && found != null
            && (mode == FileMode.REGULAR_FILE || mode == FileMode.EXECUTABLE_FILE)) {
          ObjectId blob = found.getObjectId(0);
          return objects.getObjectSize(blob, Constants.OBJ_BLOB) > keeper.most()
              ? FoundContent.tooLarge(keeper)
              : FoundContent.of(
                  path,
                  objects.open(blob, Constants.OBJ_BLOB).getCachedBytes(keeper.most()),
                  SnapshotBuilder.isRead(path),
                  keeper);
        }
        if (last || found == null || mode != FileMode.TREE) {
          return FoundContent.missing();
        }
        folder = found.getObjectId(0);
      }
    }
    return FoundContent.missing();
  }

  /**
   * Checks every segment, not only the last: an entry of a crafted tree may itself hold slashes. A
   * fetch has checked that already; a clone on disk may have been changed since.
   */
  private Optional<String> nameFault(byte[] path) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(path)).toString();
      checker.checkPath(path, 0, path.length);
      return Arrays.stream(text.split("/", -1))
          .flatMap(segment -> SnapshotBuilder.nameFault(segment).stream())
          .findFirst();
    } catch (CorruptObjectException e) {
      return Optional.of("Git itself does not allow the name");
    } catch (CharacterCodingException e) {
      return Optional.of("the name is not UTF-8");
    }
  }
}
