package dev.sandbar.source;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Diagnostic.Severity;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.source.text.UnitFileReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/** Collects a snapshot under the rules that hold for every source. */
public final class SnapshotBuilder {
  private static final int MOST_DIAGNOSTICS = 100;

  /** As file systems have it; a name in a tree of Git may be megabytes long. */
  private static final int MAX_NAME = 255;

  private static final byte[] LFS_POINTER =
      "version https://git-lfs.github.com/spec/".getBytes(US_ASCII);

  private final SnapshotLimits limits;
  private final TreeMap<String, byte[]> files = new TreeMap<>();
  private final TreeMap<String, Included> included = new TreeMap<>();
  private final List<Diagnostic> diagnostics = new ArrayList<>();
  private int hiddenErrors;
  private int hiddenWarnings;
  private long totalBytes;
  private int entries;
  private long pathBytes;

  public SnapshotBuilder(SnapshotLimits limits) {
    this.limits = limits;
  }

  /** True for {@code *.yaml} and {@code *.yml}. */
  public static boolean isManifest(String name) {
    return name.endsWith(".yaml") || name.endsWith(".yml");
  }

  /** Whether a file may declare something; a unit file does only by what is in it. */
  public static boolean isRead(String name) {
    return isManifest(name) || UnitFileReader.isUnit(name);
  }

  /** Hidden files and folders are never read: they belong to tools. */
  public static boolean isHidden(String name) {
    return name.startsWith(".");
  }

  /** Why a name cannot be used; empty if it can. */
  public static Optional<String> nameFault(String name) {
    if (name.length() > MAX_NAME) {
      return Optional.of("the name has more than " + MAX_NAME + " characters");
    }
    if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("/")) {
      return Optional.of("the name leaves its folder");
    }
    if (name.toLowerCase(Locale.ROOT).equals(".git")) {
      return Optional.of("the name belongs to Git");
    }
    boolean invisible =
        name.codePoints()
            .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
    if (invisible || name.indexOf('\\') >= 0 || name.indexOf('\ufffd') >= 0) {
      return Optional.of("the name holds a backslash or a character that cannot be seen");
    }
    return Optional.empty();
  }

  /** Counts one path that was looked at. */
  public void count(int length) throws SourceTooLargeException {
    entries++;
    pathBytes += length;
    if (pathBytes > limits.maxTotalBytes()) {
      throw new SourceTooLargeException(
          "the names of files and folders below the path have more than "
              + limits.maxTotalBytes()
              + " bytes");
    }
    if (entries > limits.maxEntries()) {
      throw new SourceTooLargeException(
          "more than " + limits.maxEntries() + " files and folders are below the path");
    }
  }

  /** True if a folder at this depth is entered; adds a diagnostic if not. */
  public boolean enters(String path, int depth) {
    if (depth <= limits.maxDepth()) {
      return true;
    }
    error(
        Problem.TOO_LARGE,
        path,
        "folders are nested deeper than " + limits.maxDepth() + " levels",
        "Move the manifests up");
    return false;
  }

  /** True if a file of this size is read; adds a diagnostic if not. */
  public boolean fits(String path, long bytes) {
    if (bytes <= limits.maxFileBytes()) {
      return true;
    }
    errorInFile(
        Problem.TOO_LARGE,
        path,
        "the file has more than %d bytes".formatted(limits.maxFileBytes()),
        "Split it into several files");
    return false;
  }

  /** Adds a file that fits. */
  public void add(String path, byte[] content) throws SourceTooLargeException {
    if (UnitFileReader.isUnit(path) && !UnitFileReader.isMarked(content)) {
      // A unit file that is nothing to Sandbar.
      return;
    }
    if (isLfsPointer(content)) {
      errorInFile(
          Problem.SOURCE,
          path,
          "the file is only a pointer into Git LFS, which is not read",
          "Commit the manifest itself");
      return;
    }
    files.put(path, content);
    countBytes((long) path.length() + content.length);
    if (files.size() > limits.maxFiles()) {
      throw new SourceTooLargeException("there are more than " + limits.maxFiles() + " manifests");
    }
  }

  private void countBytes(long more) throws SourceTooLargeException {
    totalBytes += more;
    if (totalBytes > limits.maxTotalBytes()) {
      throw new SourceTooLargeException(
          "the manifests, and the files that they name, have more than "
              + limits.maxTotalBytes()
              + " bytes together");
    }
  }

  /** Finds the file at a path that a manifest names. */
  @FunctionalInterface
  public interface Finder {
    /** What is there. */
    Included find(String path) throws IOException;
  }

  /**
   * Adds the files that the manifests name as content. Such a file is no manifest, whatever its
   * name.
   */
  public void include(Finder finder) throws IOException, SourceTooLargeException {
    for (var manifest : List.copyOf(files.entrySet())) {
      if (Inclusion.mayName(manifest.getValue())) {
        String path = manifest.getKey();
        for (Node document : Manifests.documents(path, manifest.getValue()).documents()) {
          for (String wanted : Inclusion.paths(path, document)) {
            include(wanted, finder);
          }
        }
      }
    }
    included.forEach(
        (path, found) -> {
          if (found instanceof Included.Text || found instanceof Included.Large) {
            files.remove(path);
            // Larger than a manifest may be, which it is not.
            diagnostics.removeIf(it -> it.at().file().equals(path));
          }
        });
  }

  private void include(String path, Finder finder) throws IOException, SourceTooLargeException {
    if (!included.containsKey(path)) {
      Included found = finder.find(path);
      included.put(path, found);
      if (included.size() > limits.maxFiles()) {
        throw new SourceTooLargeException(
            "the manifests name more than " + limits.maxFiles() + " files");
      }
      countBytes(path.length());
      countBytes(
          switch (found) {
            case Included.Text(String text, _) -> text.length();
            case Included.Large(var kept) -> kept.bytes();
            case Included.InCluster _, Included.Unusable _ -> 0;
          });
    }
  }

  /** A symbolic link: an error where it stands for a manifest, else a warning. */
  public void refuseLink(String path) {
    report(path, "a symbolic link is not followed", "Put the file itself here");
  }

  /** A submodule: never entered, its address could be anybody's. */
  public void refuseSubmodule(String path) {
    report(path, "a submodule is not read", "Put the manifests into this repository");
  }

  /** A file or folder whose name cannot be used. */
  public void refuseName(String path, String fault) {
    error(Problem.UNSAFE_PATH, visible(path), fault, "Rename it");
  }

  /** Adds an error about one file. */
  public void error(Problem problem, String path, String message, String help) {
    put(Diagnostic.error(problem, new Location(path, 0, 0), message, help));
  }

  private void errorInFile(Problem problem, String path, String message, String help) {
    put(Diagnostic.error(problem, new Location(path, 1, 1), message, help));
  }

  public Snapshot build(String revision) {
    var shown = new ArrayList<>(diagnostics);
    if (hiddenErrors + hiddenWarnings > 0) {
      shown.add(
          new Diagnostic(
              hiddenErrors > 0 ? Severity.ERROR : Severity.WARNING,
              Problem.TOO_LARGE,
              Location.NOWHERE,
              "%d more errors and %d more warnings about files are not shown"
                  .formatted(hiddenErrors, hiddenWarnings),
              "Fix those above; the rest is shown then"));
    }
    return new Snapshot(revision, files, included, shown);
  }

  private void report(String path, String message, String help) {
    Location at = new Location(path, 0, 0);
    put(
        isManifest(path)
            ? Diagnostic.error(Problem.UNSAFE_PATH, at, message, help)
            : Diagnostic.warning(Problem.UNSAFE_PATH, at, message, help));
  }

  /**
   * Keeps a bounded number. An error takes the place of a warning: a single one that got lost would
   * make a part of the manifests pass for all of them, and what is missing would be removed.
   */
  private void put(Diagnostic diagnostic) {
    boolean error = diagnostic.severity() == Severity.ERROR;
    if (diagnostics.size() < MOST_DIAGNOSTICS) {
      diagnostics.add(diagnostic);
      return;
    }
    int warning = error ? lastWarning() : -1;
    if (warning >= 0) {
      diagnostics.remove(warning);
      diagnostics.add(diagnostic);
    }
    if (error && warning < 0) {
      hiddenErrors++;
    } else {
      hiddenWarnings++;
    }
  }

  private int lastWarning() {
    for (int i = diagnostics.size() - 1; i >= 0; i--) {
      if (diagnostics.get(i).severity() == Severity.WARNING) {
        return i;
      }
    }
    return -1;
  }

  /** The path as it can be shown on a terminal. */
  private static String visible(String path) {
    var shown = new StringBuilder();
    path.codePoints()
        .limit(200)
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .forEach(shown::appendCodePoint);
    return shown.toString();
  }

  /** Whether a file of a repository stands for one that Git LFS keeps elsewhere. */
  static boolean isLfsPointer(byte[] content) {
    return content.length >= LFS_POINTER.length
        && Arrays.equals(content, 0, LFS_POINTER.length, LFS_POINTER, 0, LFS_POINTER.length);
  }
}
