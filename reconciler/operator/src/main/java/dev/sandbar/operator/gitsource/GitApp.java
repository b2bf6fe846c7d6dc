package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.KeyDigest;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Sha256;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One app as Git declares it.
 *
 * @param at where it stands
 * @param spec canonical JSON without {@code suspend} and {@code hold}
 * @param suspend {@code true}, {@code false}, or empty if Git does not say
 * @param hold canonical JSON with {@code hold} alone, and {@link #NO_HOLD} if Git does not say
 * @param contents files that are AppContents in the spec
 * @param digest of all that is declared
 */
record GitApp(
    String name,
    Location at,
    String spec,
    String suspend,
    String hold,
    SortedMap<String, String> labels,
    SortedMap<String, String> annotations,
    Set<FileContent.Kept> contents,
    Sha256 digest) {

  /** Canonical JSON where nothing says that the app is held. */
  static final String NO_HOLD = "{}";

  GitApp {
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    annotations = Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
    contents = Set.copyOf(contents);
  }

  /** What it takes of the memory, roughly. */
  long bytes() {
    long bytes = 500L + spec.length() + hold.length() + 200L * contents.size();
    for (var pairs : List.of(labels, annotations)) {
      for (var pair : pairs.entrySet()) {
        bytes += 100L + pair.getKey().length() + pair.getValue().length();
      }
    }
    return bytes;
  }

  static GitApp of(
      String name,
      Location at,
      String spec,
      String suspend,
      String hold,
      SortedMap<String, String> labels,
      SortedMap<String, String> annotations,
      Set<FileContent.Kept> contents) {
    Sha256 digest =
        new KeyDigest()
            .text(
                spec
                    + (suspend.isEmpty() ? "" : " suspend=" + suspend)
                    + (hold.equals(NO_HOLD) ? "" : " hold=" + hold))
            .pairs(new TreeMap<>(labels))
            .pairs(new TreeMap<>(annotations))
            .digest();
    return new GitApp(name, at, spec, suspend, hold, labels, annotations, contents, digest);
  }
}
