package dev.sandbar.device.agent;

import dev.sandbar.core.compile.AppClashes;
import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.MissingPeers;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.source.Manifests;
import dev.sandbar.source.ObjectSet;
import dev.sandbar.source.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Turns the files of a revision into what this device shall run. */
final class DeclaredReader {

  private static final Diagnostic EMPTY =
      Diagnostic.error(
          Problem.SOURCE,
          Location.NOWHERE,
          "the source holds no manifest at all, so every app stays as it is",
          "commit manifests (*.yaml), or check the branch and the path");

  private DeclaredReader() {}

  /**
   * Reads, selects and compiles. A file that cannot be read costs only itself, and while there is
   * one, absence is no reason to remove anything.
   *
   * @param descends whether the revision descends from what was applied last
   * @param facts with the labels that selectors are matched against
   */
  static Declared read(Snapshot snapshot, boolean descends, DeviceFacts facts) {
    ObjectSet objects = Manifests.parse(snapshot);
    List<Diagnostic> problems = new ArrayList<>(objects.diagnostics());
    problems.addAll(BaseUnits.lacks(facts));
    if (objects.complete() && snapshot.isEmpty()) {
      problems.add(EMPTY);
    }
    var compiled = new TreeMap<AppName, Compilation>();
    var manifests = new TreeMap<AppName, Node>();
    List<ObjectSet.App> apps =
        objects.apps().stream().filter(it -> it.app().devices().matches(facts.labels())).toList();
    apps.forEach(it -> manifests.put(it.app().name(), it.manifest()));
    // One app is compiled without a look at another, so every processor may take some.
    for (Compilation compilation :
        apps.parallelStream().map(it -> Compiler.compile(it.app(), facts)).toList()) {
      switch (compilation) {
        case Compilation.Compiled(_, var warnings) -> problems.addAll(warnings);
        case Compilation.Rejected(_, var errors) -> problems.addAll(errors);
      }
      compiled.put(compilation.name(), compilation);
    }
    problems.addAll(AppClashes.refuse(compiled));
    problems.addAll(MissingPeers.of(compiled, objects.refused().keySet()));
    return new Declared(
        snapshot.revision(),
        compiled,
        manifests,
        objects.refused(),
        problems,
        !objects.complete() || snapshot.isEmpty()
            ? PruneGuard.Source.INCOMPLETE
            : descends ? PruneGuard.Source.COMPLETE : PruneGuard.Source.REWRITTEN,
        new TreeMap<>());
  }
}
