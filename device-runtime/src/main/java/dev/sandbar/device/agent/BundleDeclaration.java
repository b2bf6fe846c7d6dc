package dev.sandbar.device.agent;

import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.BundleReading;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.compile.AppClashes;
import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.MissingPeers;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.device.fleet.BundleCopy;
import dev.sandbar.device.kube.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Turns bundles into what this device shall run. What was compiled before is not compiled again
 * while the entry and the facts stay the same: mostly one app of many changes.
 */
final class BundleDeclaration {
  /** Says in a remembered manifest which generation of the AppSandbox it is. */
  private static final String GENERATION = "sandbar.dev/generation";

  private Map<AppName, Known> known = new HashMap<>();
  private @Nullable DeviceFacts facts;

  private record Known(Sha256 entry, Read read) {}

  private sealed interface Read {
    record Good(Compilation compilation, Node manifest, List<Diagnostic> findings)
        implements Read {}

    record Bad(List<Diagnostic> findings) implements Read {}
  }

  /**
   * Reads and compiles. An entry that is wrong costs its app alone.
   *
   * @param live what this device can enforce
   */
  Declared read(BundleCopy copy, DeviceFacts live) {
    String revision = "generation/" + copy.generation();
    BundleReading reading = copy.reading();
    if (copy.live() && reading.bundle().decommission() == Decommission.REMOVE_APPS) {
      return new Declared(
          revision,
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeMap<>(),
          reading.problems(),
          PruneGuard.Source.DISMISSED,
          new TreeMap<>());
    }
    if (!live.equals(facts)) {
      known = new HashMap<>();
      facts = live;
    }
    var next = new HashMap<AppName, Known>();
    var compiled = new TreeMap<AppName, Compilation>();
    var manifests = new TreeMap<AppName, Node>();
    var refused = new TreeMap<AppName, List<Diagnostic>>(reading.refused());
    var revisions = new TreeMap<AppName, String>();
    var problems = new ArrayList<Diagnostic>(reading.problems());
    problems.addAll(BaseUnits.lacks(live));
    reading
        .bundle()
        .entries()
        .forEach(
            (name, entry) -> {
              Sha256 key = entry.digest();
              Known before = known.get(name);
              Read read =
                  before != null && before.entry().equals(key)
                      ? before.read()
                      : compile(entry, live);
              next.put(name, new Known(key, read));
              switch (read) {
                case Read.Good(var compilation, var manifest, var findings) -> {
                  compiled.put(name, compilation);
                  manifests.put(name, manifest);
                  problems.addAll(findings);
                }
                case Read.Bad(var findings) -> refused.put(name, findings);
              }
              revisions.put(name, entry.revision());
            });
    known = next;
    problems.addAll(AppClashes.refuse(compiled));
    problems.addAll(MissingPeers.of(compiled, refused.keySet()));
    return new Declared(
        revision,
        compiled,
        manifests,
        refused,
        problems,
        copy.complete() ? PruneGuard.Source.VOUCHED : PruneGuard.Source.INCOMPLETE,
        revisions);
  }

  private static Read compile(BundleEntry entry, DeviceFacts facts) {
    Node document = withGeneration(entry);
    return switch (SpecReader.read(document)) {
      case SpecReader.Refused refused -> new Read.Bad(refused.diagnostics());
      case SpecReader.Read(var app, var warnings) -> {
        var findings = new ArrayList<Diagnostic>(warnings);
        Compilation compilation = Compiler.compile(app, facts);
        switch (compilation) {
          case Compilation.Compiled(_, var more) -> findings.addAll(more);
          case Compilation.Rejected(_, var errors) -> findings.addAll(errors);
        }
        yield new Read.Good(compilation, document, findings);
      }
    };
  }

  private static Node withGeneration(BundleEntry entry) {
    Node metadata =
        Json.object(
            "name",
            entry.name().value(),
            "annotations",
            Json.object(GENERATION, Long.toString(entry.generation())));
    return Node.mapping(
        entry.document().fields().entrySet().stream()
            .map(
                e ->
                    Node.entry(e.getKey(), e.getKey().equals("metadata") ? metadata : e.getValue()))
            .toList());
  }

  /** The generation of the AppSandbox that a remembered manifest is; 0 if it does not say. */
  static long generation(Node manifest) {
    try {
      return Long.parseLong(Json.text(manifest, "metadata", "annotations", GENERATION).orElse("0"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
