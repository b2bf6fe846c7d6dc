package dev.sandbar.source;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Diagnostic.Severity;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.YamlReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads the files of a snapshot. One bad file or document never hides another. Two objects of one
 * name are both refused, with both places: which of them is meant is not for Sandbar to guess.
 */
public final class Manifests {
  private final List<ObjectSet.App> apps = new ArrayList<>();
  private final TreeMap<AppName, List<Location>> places = new TreeMap<>();
  private final TreeMap<AppName, List<Diagnostic>> refused = new TreeMap<>();
  private final List<Diagnostic> diagnostics = new ArrayList<>();
  private boolean complete = true;

  private final Memory memory;
  private final Map<String, Parsed> parsed = new HashMap<>();

  private Manifests(Memory memory) {
    this.memory = memory;
  }

  /**
   * What was read from each file the last time, so that only files that have changed are read
   * again. For one source, and one thread.
   */
  public static final class Memory {
    private Map<String, Parsed> files = Map.of();
  }

  /** A file and what it holds. */
  private static final class Parsed {
    final byte[] content;
    final ReadResult read;
    final List<Inclusion.Expanded> documents;

    /** What it names, as that was then. */
    final Map<String, Included> included;

    Parsed(
        byte[] content,
        ReadResult read,
        List<Inclusion.Expanded> documents,
        Map<String, Included> included) {
      this.content = content;
      this.read = read;
      this.documents = documents;
      this.included = included;
    }

    boolean isOf(byte[] otherContent, Map<String, Included> now) {
      return Arrays.equals(content, otherContent)
          && included.entrySet().stream()
              .allMatch(it -> it.getValue().equals(now.get(it.getKey())));
    }
  }

  /** Reads all files; those that end in {@code .json} as JSON, all others as YAML. */
  public static ObjectSet parse(Snapshot snapshot) {
    return parse(snapshot, new Memory());
  }

  /** The same, with what is remembered of the snapshot before; remembers this one instead. */
  public static ObjectSet parse(Snapshot snapshot, Memory memory) {
    var manifests = new Manifests(memory);
    manifests.tell(snapshot.diagnostics());
    snapshot.files().forEach((path, content) -> manifests.file(path, content, snapshot.included()));
    manifests.refuseDuplicates();
    memory.files = manifests.parsed;
    List<ObjectSet.App> usable =
        manifests.apps.stream()
            .filter(it -> !manifests.refused.containsKey(it.app().name()))
            .sorted((one, other) -> one.app().name().compareTo(other.app().name()))
            .toList();
    return new ObjectSet(
        snapshot.revision(), usable, manifests.refused, manifests.complete, manifests.diagnostics);
  }

  /** The documents of one file, not yet taken for anything. */
  public static ReadResult documents(String path, byte[] content) {
    return path.endsWith(".json") ? JsonReader.read(path, content) : YamlReader.read(path, content);
  }

  private void file(String path, byte[] content, Map<String, Included> included) {
    Parsed file =
        Optional.ofNullable(memory.files.get(path))
            .filter(known -> known.isOf(content, included))
            .orElseGet(() -> read(path, content, included));
    parsed.put(path, file);
    tell(file.read.diagnostics());
    file.documents.forEach(this::document);
  }

  private static Parsed read(String path, byte[] content, Map<String, Included> included) {
    ReadResult read = documents(path, content);
    var named = new HashMap<String, Included>();
    List<Inclusion.Expanded> documents =
        read.documents().stream()
            .map(
                node ->
                    Inclusion.expand(
                        path,
                        node,
                        wanted -> {
                          Included found = included.getOrDefault(wanted, Inclusion.missing());
                          named.put(wanted, found);
                          return found;
                        }))
            .toList();
    return new Parsed(content, read, documents, named);
  }

  /** Adds what concerns a file as a whole: an error hides whatever the file declares. */
  private void tell(List<Diagnostic> found) {
    diagnostics.addAll(found);
    complete &= errors(found).isEmpty();
  }

  private void document(Inclusion.Expanded document) {
    switch (document.outcome()) {
      case SpecReader.Read(AppSpec app, var warnings) -> {
        diagnostics.addAll(warnings);
        apps.add(new ObjectSet.App(app, document.document()));
        claim(app.name(), app.at());
      }
      case SpecReader.Refused(String name, Location at, var found) -> {
        diagnostics.addAll(found);
        if (AppName.isValid(name)) {
          refused.computeIfAbsent(new AppName(name), it -> new ArrayList<>()).addAll(errors(found));
          claim(new AppName(name), at);
        } else {
          complete = false;
        }
      }
    }
  }

  private void claim(AppName name, Location at) {
    places.computeIfAbsent(name, it -> new ArrayList<>()).add(at);
  }

  private void refuseDuplicates() {
    places.forEach(
        (name, claims) -> {
          for (Location at : claims) {
            claims.stream()
                .filter(other -> !other.equals(at))
                .findFirst()
                .ifPresent(other -> refuseDuplicate(name, at, other));
          }
        });
  }

  private void refuseDuplicate(AppName name, Location at, Location other) {
    Diagnostic error =
        Diagnostic.error(
            Problem.DUPLICATE_NAME,
            at,
            "the app '" + name + "' is declared twice, also at " + other,
            "Rename or remove one of the two; neither is used until then");
    diagnostics.add(error);
    refused.computeIfAbsent(name, it -> new ArrayList<>()).add(error);
  }

  private static List<Diagnostic> errors(List<Diagnostic> found) {
    return found.stream().filter(it -> it.severity() == Severity.ERROR).toList();
  }
}
