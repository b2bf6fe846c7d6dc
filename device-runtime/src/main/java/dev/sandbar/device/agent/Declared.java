package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the source declares for this device at one revision.
 *
 * @param compiled every app that could be read, compiled for this device or rejected
 * @param manifests the objects as declared, for every app in {@code compiled}
 * @param refused apps that the source names but that could not be read, with the reasons
 * @param problems everything else that was wrong, for example a file that is no YAML
 * @param complete whether an app's absence means that it was removed; false after a failure, for an
 *     empty source, and while a file that could have declared it cannot be read
 */
record Declared(
    String revision,
    SortedMap<AppName, Compilation> compiled,
    SortedMap<AppName, Node> manifests,
    SortedMap<AppName, List<Diagnostic>> refused,
    List<Diagnostic> problems,
    boolean complete) {

  /** Before anything was read: holds everything as it is. */
  static final Declared NOTHING =
      new Declared("", new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), List.of(), false);

  Declared {
    compiled = Collections.unmodifiableSortedMap(new TreeMap<>(compiled));
    manifests = Collections.unmodifiableSortedMap(new TreeMap<>(manifests));
    refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
    problems = List.copyOf(problems);
  }

  /** What to remember of an app of this revision. */
  Version version(CompiledApp app) {
    Node manifest = Objects.requireNonNull(manifests.get(app.spec().name()));
    return new Version(manifest, app.generation(), revision);
  }
}
