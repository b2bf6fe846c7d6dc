package dev.sandbar.source;

import dev.sandbar.core.model.Diagnostic;
import java.util.Collections;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * The manifest files of a source at one moment.
 *
 * @param revision {@code main@sha1:<40 hex>} for a branch or tag, {@code sha1:<40 hex>} for a fixed
 *     commit; empty for files that no version control knows
 * @param files path, as a user would write it, to content; ordered by path; the arrays are shared
 *     and must not be changed
 * @param included what is at the paths that manifests name as the content of files
 * @param diagnostics files that were left out, and why
 */
public record Snapshot(
    String revision,
    SequencedMap<String, byte[]> files,
    SequencedMap<String, Included> included,
    List<Diagnostic> diagnostics) {
  public Snapshot {
    files = Collections.unmodifiableSequencedMap(new TreeMap<>(files));
    included = Collections.unmodifiableSequencedMap(new TreeMap<>(included));
    diagnostics = List.copyOf(diagnostics);
  }

  /** Of manifests that name no other files. */
  public Snapshot(
      String revision, SequencedMap<String, byte[]> files, List<Diagnostic> diagnostics) {
    this(revision, files, new TreeMap<>(), diagnostics);
  }

  /** True if the source holds no manifest at all; such a snapshot must never remove an app. */
  public boolean isEmpty() {
    return files.isEmpty();
  }
}
