package dev.sandbar.source;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All objects of a snapshot.
 *
 * @param revision the snapshot's revision
 * @param apps the usable apps, ordered by name; names are unique
 * @param refused apps that are declared and not usable, with their errors: what runs under such a
 *     name must be left alone
 * @param complete false if something could not be read so far that its app is known by name; then
 *     an app that is missing here may still be declared, so nothing may be removed
 * @param diagnostics everything there is to report, in the order of the files
 */
public record ObjectSet(
    String revision,
    List<App> apps,
    SortedMap<AppName, List<Diagnostic>> refused,
    boolean complete,
    List<Diagnostic> diagnostics) {

  /** An app and the document that declares it. */
  public record App(AppSpec app, Node manifest) {}

  public ObjectSet {
    apps = List.copyOf(apps);
    refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
    diagnostics = List.copyOf(diagnostics);
  }

  /** A source that is too large to be read: nothing is known of it, so nothing may be removed. */
  static ObjectSet tooLarge(String revision, SourceTooLargeException failure) {
    return new ObjectSet(
        revision,
        List.of(),
        new TreeMap<>(),
        false,
        List.of(
            Diagnostic.error(
                Problem.TOO_LARGE,
                Location.NOWHERE,
                String.valueOf(failure.getMessage()),
                "Split the repository, or read a narrower path")));
  }

  /** True if anything is not usable. */
  public boolean hasErrors() {
    return diagnostics.stream().anyMatch(it -> it.severity() == Diagnostic.Severity.ERROR);
  }
}
