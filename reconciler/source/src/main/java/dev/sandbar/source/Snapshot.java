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
 * @param diagnostics files that were left out, and why
 */
public record Snapshot(
    String revision, SequencedMap<String, byte[]> files, List<Diagnostic> diagnostics) {
  public Snapshot {
    files = Collections.unmodifiableSequencedMap(new TreeMap<>(files));
    diagnostics = List.copyOf(diagnostics);
  }

  /** True if the source holds no manifest at all; such a snapshot must never remove an app. */
  public boolean isEmpty() {
    return files.isEmpty();
  }
}
