package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Diagnostic.Severity;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.KeptFiles;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.PermissionSpelling;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.operator.publish.JsonText;
import dev.sandbar.report.OneLine;
import dev.sandbar.source.ObjectSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * All that a revision declares for one namespace.
 *
 * @param apps by name
 * @param refused names that are declared and not usable: what exists under them is left alone
 * @param completeness what an app's absence means: nothing if a file could not be read so far that
 *     its apps are known
 * @param problems what is wrong with the files
 */
record DeclaredApps(
    String revision,
    SortedMap<String, GitApp> apps,
    SortedSet<String> refused,
    PruneGuard.Source completeness,
    List<Diagnostic> problems) {

  /** Nothing has been read yet, which is no revision that declares nothing. */
  static final DeclaredApps UNREAD =
      new DeclaredApps(
          "", new TreeMap<>(), new TreeSet<>(), PruneGuard.Source.INCOMPLETE, List.of());

  DeclaredApps {
    apps = Collections.unmodifiableSortedMap(new TreeMap<>(apps));
    refused = Collections.unmodifiableSortedSet(new TreeSet<>(refused));
    problems = List.copyOf(problems);
  }

  /** What the apps name that is in AppContents. */
  Set<FileContent.Kept> contents() {
    return apps.values().stream()
        .flatMap(it -> it.contents().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether there is no revision yet. */
  boolean isUnread() {
    return revision.isEmpty();
  }

  /** Takes what is usable in one namespace; what has not changed is taken as it was. One thread. */
  static final class Reader {
    private final String namespace;
    private IdentityHashMap<Node, GitApp> known = new IdentityHashMap<>();

    Reader(String namespace) {
      this.namespace = namespace;
    }

    /**
     * Reads.
     *
     * @param descends whether the revision descends from what was applied last
     */
    DeclaredApps read(ObjectSet objects, boolean descends) {
      var apps = new TreeMap<String, GitApp>();
      var refused = new TreeSet<String>();
      var problems = new ArrayList<Diagnostic>();
      var next = new IdentityHashMap<Node, GitApp>();
      objects.diagnostics().stream()
          .filter(it -> it.severity() == Severity.ERROR)
          .forEach(problems::add);
      objects.refused().keySet().forEach(name -> refused.add(name.value()));
      for (ObjectSet.App app : objects.apps()) {
        String name = app.app().name().value();
        Optional<Diagnostic> problem = problem(field(app.manifest(), "metadata"), namespace);
        if (problem.isPresent()) {
          refused.add(name);
          problems.add(problem.get());
        } else {
          try {
            GitApp desired =
                Optional.ofNullable(known.get(app.manifest())).orElseGet(() -> desired(app));
            next.put(app.manifest(), desired);
            apps.put(name, desired);
          } catch (RuntimeException | StackOverflowError e) {
            refused.add(name);
            problems.add(defect(app, e));
          }
        }
      }
      known = next;
      return new DeclaredApps(
          objects.revision(), apps, refused, completeness(objects, descends), problems);
    }

    private static PruneGuard.Source completeness(ObjectSet objects, boolean descends) {
      if (!objects.complete()) {
        return PruneGuard.Source.INCOMPLETE;
      }
      return descends ? PruneGuard.Source.COMPLETE : PruneGuard.Source.REWRITTEN;
    }

    private static Diagnostic defect(ObjectSet.App app, Throwable fault) {
      return Diagnostic.error(
          Problem.DEFECT,
          app.app().at(),
          "this is a fault of Sandbar: " + OneLine.defect(fault),
          "Report it together with the file");
    }

    private GitApp desired(ObjectSet.App app) {
      Node metadata = field(app.manifest(), "metadata");
      Node spec = field(app.manifest(), "spec");
      return GitApp.of(
          app.app().name().value(),
          app.app().at(),
          JsonText.of(CanonicalSpec.spec(AppContentFiles.named(PermissionSpelling.plain(spec)))),
          spec.fields().containsKey(SpecReader.SUSPEND) ? String.valueOf(app.app().suspend()) : "",
          JsonText.of(CanonicalSpec.hold(spec)),
          texts(field(metadata, "labels")),
          texts(field(metadata, "annotations")),
          KeptFiles.named(spec));
    }
  }

  private static Optional<Diagnostic> problem(Node metadata, String namespace) {
    if (field(metadata, "namespace") instanceof Node.Scalar(var at, _, var text)
        && !text.isEmpty()
        && !text.equals(namespace)) {
      return Optional.of(
          Diagnostic.error(
              Problem.INVALID_VALUE,
              at,
              "metadata.namespace is another one than the namespace of the GitSource, '"
                  + namespace
                  + "'",
              "Remove metadata.namespace, or make a GitSource in that namespace"));
    }
    for (String key : List.of("labels", "annotations")) {
      if (field(metadata, key) instanceof Node.Mapping(_, var entries)) {
        for (Node.Entry entry : entries) {
          if (key.equals("labels")
              ? entry.key().startsWith(ObjectNames.PREFIX)
              : ObjectNames.isReserved(entry.key())) {
            return Optional.of(reserved("metadata." + key + "." + entry.key(), entry.keyAt()));
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Diagnostic reserved(String path, Location at) {
    return Diagnostic.error(
        Problem.INVALID_VALUE,
        at,
        path + " is set by Sandbar and cannot be declared",
        "Remove the line");
  }

  private static Node field(Node node, String key) {
    return node.fields().getOrDefault(key, Node.mapping(List.of()));
  }

  private static SortedMap<String, String> texts(Node node) {
    var texts = new TreeMap<String, String>();
    node.fields()
        .forEach(
            (key, value) -> {
              if (value instanceof Node.Scalar(_, _, var text)) {
                texts.put(key, text);
              }
            });
    return texts;
  }
}
