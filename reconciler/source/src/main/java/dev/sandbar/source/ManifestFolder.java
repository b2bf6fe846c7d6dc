package dev.sandbar.source;

import dev.sandbar.core.model.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Reads manifests that a user names on a command line: files, folders, and {@code -} for the
 * standard input. In a folder the same rules hold as in a repository. A file that is named by
 * itself may have any name and may be a link: the user chose it.
 */
public final class ManifestFolder {
  /** What locations call the standard input. */
  public static final String STANDARD_INPUT = "<stdin>";

  private final SnapshotBuilder snapshot;
  private final SnapshotLimits limits;
  private final Set<Path> seen = new HashSet<>();

  private ManifestFolder(SnapshotLimits limits) {
    this.limits = limits;
    this.snapshot = new SnapshotBuilder(limits);
  }

  /** Reads one folder with the default limits. */
  public static Snapshot read(Path folder) {
    return read(List.of(folder.toString()), InputStream.nullInputStream(), SnapshotLimits.DEFAULT);
  }

  /**
   * Reads what the arguments name; the revision of the result is empty. Never throws for what is
   * found there: what cannot be read is told in the diagnostics.
   *
   * @param arguments paths, or {@code -}
   * @param standardInput read if {@code -} is among the arguments; left open
   */
  public static Snapshot read(
      List<String> arguments, InputStream standardInput, SnapshotLimits limits) {
    var folder = new ManifestFolder(limits);
    for (String argument : arguments) {
      try {
        folder.argument(argument, standardInput);
      } catch (SourceTooLargeException e) {
        // A part of the manifests would pass for all of them.
        var refused = new SnapshotBuilder(limits);
        String message = String.valueOf(e.getMessage());
        refused.error(Problem.TOO_LARGE, argument, message, "Name a narrower folder");
        return refused.build("");
      } catch (IOException | UncheckedIOException e) {
        folder.unreadable(argument, e);
      }
    }
    return folder.snapshot.build("");
  }

  private void argument(String argument, InputStream standardInput) throws IOException {
    if (argument.equals("-")) {
      take(STANDARD_INPUT, standardInput);
      return;
    }
    Optional<Path> path = path(argument);
    if (path.isEmpty() || !Files.exists(path.get())) {
      snapshot.error(
          Problem.SOURCE,
          argument,
          "there is no such file or folder",
          "Check the path, relative to the current folder");
    } else if (Files.isDirectory(path.get())) {
      folder(path.get(), 1);
    } else if (isNew(path.get())) {
      try (InputStream in = Files.newInputStream(path.get())) {
        take(argument, in);
      }
    }
  }

  private void folder(Path folder, int depth) throws IOException {
    List<Path> children;
    try (Stream<Path> list = Files.list(folder)) {
      children = list.limit(limits.maxEntries() + 1L).sorted().toList();
    }
    for (Path child : children) {
      snapshot.count();
      String name = String.valueOf(child.getFileName());
      if (SnapshotBuilder.isHidden(name)) {
        continue;
      }
      Optional<String> fault = SnapshotBuilder.nameFault(name);
      if (fault.isPresent()) {
        snapshot.refuseName(child.toString(), fault.get());
      } else {
        visit(child, depth);
      }
    }
  }

  private void visit(Path child, int depth) throws IOException {
    String path = child.toString();
    if (Files.isSymbolicLink(child)) {
      snapshot.refuseLink(path);
    } else if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
      if (snapshot.enters(path, depth)) {
        try {
          folder(child, depth + 1);
        } catch (AccessDeniedException e) {
          unreadable(path, e);
        }
      }
    } else if (SnapshotBuilder.isManifest(path)
        && Files.isRegularFile(child, LinkOption.NOFOLLOW_LINKS)
        && isNew(child)) {
      try (InputStream in = Files.newInputStream(child, LinkOption.NOFOLLOW_LINKS)) {
        take(path, in);
      } catch (AccessDeniedException e) {
        unreadable(path, e);
      }
    }
  }

  /** Reads at most one byte more than fits, whatever the size of the file is said to be. */
  private void take(String path, InputStream in) throws IOException {
    byte[] content = in.readNBytes(limits.maxFileBytes() + 1);
    if (snapshot.fits(path, content.length)) {
      snapshot.add(path, content);
    }
  }

  /** The same file may be named twice, once by itself and once by its folder. */
  private boolean isNew(Path path) throws IOException {
    return seen.add(path.toRealPath());
  }

  private void unreadable(String path, Exception cause) {
    String why = cause instanceof AccessDeniedException ? ": access is denied" : "";
    snapshot.error(Problem.SOURCE, path, "this cannot be read" + why, "Check its permissions");
  }

  private static Optional<Path> path(String argument) {
    try {
      return argument.isEmpty() ? Optional.empty() : Optional.of(Path.of(argument));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
