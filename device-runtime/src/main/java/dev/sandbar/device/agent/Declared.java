package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.plan.PruneGuard;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the source declares for this device at one revision.
 *
 * @param compiled every app that could be read, compiled for this device or rejected
 * @param manifests the objects as declared, for every app in {@code compiled}
 * @param refused apps that the source names but that could not be read, with the reasons
 * @param problems everything else that was wrong, for example a file that is no YAML
 * @param completeness what an app's absence means: nothing after a failure, for an empty
 *     repository, and while a file that could have declared it cannot be read
 * @param revisions of apps that each have their own; the others have that of the whole
 */
record Declared(
    String revision,
    SortedMap<AppName, Compilation> compiled,
    SortedMap<AppName, Node> manifests,
    SortedMap<AppName, List<Diagnostic>> refused,
    List<Diagnostic> problems,
    PruneGuard.Source completeness,
    SortedMap<AppName, String> revisions) {

  /** Before anything was read: holds everything as it is. */
  static final Declared NOTHING =
      new Declared(
          "",
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeMap<>(),
          List.of(),
          PruneGuard.Source.INCOMPLETE,
          new TreeMap<>());

  Declared {
    compiled = Collections.unmodifiableSortedMap(new TreeMap<>(compiled));
    manifests = Collections.unmodifiableSortedMap(new TreeMap<>(manifests));
    refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
    problems = Diagnostic.oncePerDevice(problems);
    revisions = Collections.unmodifiableSortedMap(new TreeMap<>(revisions));
  }

  /** This, where apps are compiled otherwise. */
  Declared with(SortedMap<AppName, Compilation> others) {
    return new Declared(revision, others, manifests, refused, problems, completeness, revisions);
  }

  /** Every app that the source names. */
  SortedSet<AppName> names() {
    var names = new TreeSet<>(compiled.keySet());
    names.addAll(refused.keySet());
    return names;
  }

  /** Apps that the source has left as they are, also those that cannot be compiled. */
  SortedSet<AppName> suspended() {
    var names = new TreeSet<AppName>();
    manifests.forEach(
        (name, manifest) -> {
          if (SpecReader.suspends(manifest.fields().getOrDefault("spec", manifest))) {
            names.add(name);
          }
        });
    return names;
  }

  /** Apps that the source holds at the version that runs. */
  SortedMap<AppName, HoldSpec> held() {
    var holds = new TreeMap<AppName, HoldSpec>();
    compiled.forEach(
        (name, it) -> {
          if (it instanceof Compilation.Compiled(var app, _) && app.spec().hold().isPresent()) {
            holds.put(name, app.spec().hold());
          }
        });
    return holds;
  }

  /** Whether an app's absence means that it was removed. */
  boolean complete() {
    return completeness != PruneGuard.Source.INCOMPLETE;
  }

  /** What to remember of an app of this revision. */
  Version version(CompiledApp app) {
    Node manifest = Objects.requireNonNull(manifests.get(app.spec().name()));
    String own = revisions.getOrDefault(app.spec().name(), revision);
    return new Version(manifest, app.generation(), own, app.rendered());
  }
}
