package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSandbox;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Diagnostic.Severity;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.YamlReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Turns the files of a revision into what this device shall run. One bad file costs only itself: the others go on, and
 * an app that it may have declared stays as it is.
 */
final class DeclaredReader {

  private static final Diagnostic EMPTY =
      Diagnostic.error(
          Problem.SOURCE,
          Location.NOWHERE,
          "the source holds no manifest at all, so every app stays as it is",
          "commit manifests (*.yaml), or check the branch and the path");

  private final DeviceFacts facts;
  private final TreeMap<AppName, Compilation> compiled = new TreeMap<>();
  private final TreeMap<AppName, Node> manifests = new TreeMap<>();
  private final TreeMap<AppName, List<Diagnostic>> refused = new TreeMap<>();
  private final List<Diagnostic> problems = new ArrayList<>();
  private final Map<AppName, Location> places = new HashMap<>();
  private final Set<AppName> twice = new HashSet<>();
  private boolean complete = true;

  private DeclaredReader(DeviceFacts facts) {
    this.facts = facts;
  }

  /**
   * Reads and compiles.
   *
   * @param facts with the labels that selectors are matched against
   */
  static Declared read(Snapshot snapshot, DeviceFacts facts) {
    var reader = new DeclaredReader(facts);
    reader.problems.addAll(snapshot.diagnostics());
    boolean whole = snapshot.diagnostics().stream().noneMatch(d -> d.severity() == Severity.ERROR);
    reader.complete = whole && !snapshot.isEmpty();
    if (whole && snapshot.isEmpty()) {
      reader.problems.add(EMPTY);
    }
    snapshot.files().forEach(reader::file);
    reader.twice.forEach(reader::dropTwice);
    return new Declared(
        snapshot.revision(),
        reader.compiled,
        reader.manifests,
        reader.refused,
        reader.problems,
        reader.complete);
  }

  private void file(String path, byte[] content) {
    ReadResult result = YamlReader.read(path, content);
    problems.addAll(result.diagnostics());
    if (result.hasErrors()) {
      complete = false;
    }
    result.documents().forEach(this::document);
  }

  private void document(Node node) {
    switch (SpecReader.read(node)) {
      case SpecReader.Read(var app, var warnings) -> {
        problems.addAll(warnings);
        app(app, node);
      }
      case SpecReader.Refused(var name, var at, var diagnostics) -> {
        problems.addAll(diagnostics);
        if (AppName.isValid(name)) {
          var errors = diagnostics.stream().filter(d -> d.severity() == Severity.ERROR).toList();
          refused.put(new AppName(name), errors);
          claim(new AppName(name), at);
        } else {
          complete = false;
        }
      }
    }
  }

  private void app(AppSandbox app, Node node) {
    if (!claim(app.name(), app.at()) || !app.devices().matches(facts.labels())) {
      return;
    }
    Compilation compilation = Compiler.compile(app, facts);
    switch (compilation) {
      case Compilation.Compiled(_, var warnings) -> problems.addAll(warnings);
      case Compilation.Rejected(_, var errors) -> problems.addAll(errors);
    }
    compiled.put(app.name(), compilation);
    manifests.put(app.name(), node);
  }

  /** One name, one object: which of two would win is nobody's to guess. */
  private boolean claim(AppName name, Location at) {
    Location first = places.putIfAbsent(name, at);
    if (first == null) {
      return true;
    }
    twice.add(name);
    problems.add(
        Diagnostic.error(
            Problem.DUPLICATE_NAME,
            at,
            "there is another AppSandbox %s at %s".formatted(name, first),
            "rename one of them; neither is applied until then"));
    return false;
  }

  private void dropTwice(AppName name) {
    compiled.remove(name);
    manifests.remove(name);
    List<Diagnostic> why =
        problems.stream()
            .filter(d -> d.problem() == Problem.DUPLICATE_NAME && d.message().contains(" " + name + " at "))
            .toList();
    refused.put(name, why);
  }
}
