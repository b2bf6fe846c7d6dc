package dev.sandbar.source;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Diagnostic.Severity;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.UnitFileReader;
import dev.sandbar.source.text.YamlReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads the files of a snapshot, which are apps and the ConfigMaps that they name. One bad file or
 * document never hides another. Two objects of one name are both refused, with both places: which
 * of them is meant is not for Sandbar to guess.
 */
public final class Manifests {
  private final List<ObjectSet.App> apps = new ArrayList<>();
  private final TreeMap<AppName, List<Location>> places = new TreeMap<>();
  private final TreeMap<AppName, List<Diagnostic>> refused = new TreeMap<>();
  private final List<Diagnostic> diagnostics = new ArrayList<>();
  private boolean complete = true;

  private final Memory memory;
  private final Values values;
  private final ConfigMaps configMaps = new ConfigMaps();
  private final Map<String, Parsed> parsed = new HashMap<>();

  private Manifests(Memory memory, Values values) {
    this.memory = memory;
    this.values = values;
  }

  /** Whose ConfigMaps count. */
  private enum Values {
    OF_SNAPSHOT,
    OF_CLUSTER
  }

  /**
   * What was read from each file the last time, so that only files that have changed are read
   * again. For one source, and one thread.
   */
  public static final class Memory {
    private Map<String, Parsed> files = Map.of();
  }

  /**
   * What a file holds, not yet taken for anything, and how much that is: counted once, since at
   * each change of one file all are looked at.
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by identity
  private record Content(byte[] bytes, ReadResult read, long values, long texts) {
    static Content of(String path, byte[] bytes) {
      ReadResult read = documents(path, bytes);
      return new Content(
          bytes,
          read,
          read.documents().stream().mapToLong(SourceBudget::valuesOf).sum(),
          read.documents().stream()
              .filter(node -> !ConfigMaps.isConfigMap(node))
              .mapToLong(SourceBudget::textOf)
              .sum());
    }
  }

  /**
   * A file with what it names put in.
   *
   * @param named what it names, as that was then
   * @param putIn bytes of the texts that were put into its documents. Here they are one and the
   *     same text; as soon as the documents are written somewhere they are many
   */
  private record Parsed(
      Content content, List<Inclusion.Expanded> documents, Named named, long putIn) {
    static Parsed of(Content content, List<Inclusion.Expanded> documents, Named named) {
      long all = documents.stream().mapToLong(it -> SourceBudget.textOf(it.document())).sum();
      return new Parsed(content, documents, named, all - content.texts());
    }
  }

  /** What the documents of a file name, and what is found there. */
  private static final class Named implements ContentLookup {
    private final Map<String, Included> files = new HashMap<>();
    private final Map<ConfigMapKey, Included> configMaps = new HashMap<>();
    private final ContentLookup all;

    Named(ContentLookup all) {
      this.all = all;
    }

    @Override
    public Included file(String path) {
      return files.computeIfAbsent(path, all::file);
    }

    @Override
    public Included configMap(ConfigMapKey key) {
      return configMaps.computeIfAbsent(key, all::configMap);
    }

    /** The same whenever it is asked for. */
    @Override
    public Included secret(SecretRef ref) {
      return all.secret(ref);
    }

    boolean isAsIn(ContentLookup now) {
      return files.entrySet().stream().allMatch(it -> it.getValue().equals(now.file(it.getKey())))
          && configMaps.entrySet().stream()
              .allMatch(it -> it.getValue().equals(now.configMap(it.getKey())));
    }
  }

  /** What all files together offer. */
  private record Offered(Map<String, Included> files, ConfigMaps configMaps, Values values)
      implements ContentLookup {
    @Override
    public Included file(String path) {
      return files.getOrDefault(path, FoundContent.missing());
    }

    @Override
    public Included configMap(ConfigMapKey key) {
      return switch (values) {
        case OF_SNAPSHOT -> configMaps.value(key);
        case OF_CLUSTER -> new Included.InCluster();
      };
    }

    @Override
    public Included secret(SecretRef ref) {
      return switch (values) {
        case OF_SNAPSHOT -> FoundContent.noSecrets();
        case OF_CLUSTER -> new Included.InCluster();
      };
    }
  }

  /**
   * Reads all files; those that end in {@code .json} as JSON, in {@code .service} as unit files,
   * all others as YAML.
   */
  public static ObjectSet parse(Snapshot snapshot) {
    return parse(snapshot, new Memory());
  }

  /** The same, with what is remembered of the snapshot before; remembers this one instead. */
  public static ObjectSet parse(Snapshot snapshot, Memory memory) {
    try {
      return parse(snapshot, memory, SourceBudget.ofDevice());
    } catch (SourceTooLargeException e) {
      return ObjectSet.tooLarge(snapshot.revision(), e);
    }
  }

  /**
   * The same within a budget.
   *
   * @throws SourceTooLargeException if the budget is spent; nothing is remembered then
   */
  public static ObjectSet parse(Snapshot snapshot, Memory memory, SourceBudget budget)
      throws SourceTooLargeException {
    return parse(snapshot, memory, budget, Values.OF_SNAPSHOT);
  }

  /** The same of apps for a cluster: which values its ConfigMaps have is for the cluster to say. */
  public static ObjectSet parseForCluster(Snapshot snapshot, Memory memory, SourceBudget budget)
      throws SourceTooLargeException {
    return parse(snapshot, memory, budget, Values.OF_CLUSTER);
  }

  private static ObjectSet parse(
      Snapshot snapshot, Memory memory, SourceBudget budget, Values values)
      throws SourceTooLargeException {
    var manifests = new Manifests(memory, values);
    manifests.tell(snapshot.diagnostics());
    var contents = new TreeMap<String, Content>();
    for (var file : snapshot.files().entrySet()) {
      budget.name(file.getKey());
      budget.bytes(file.getValue().length);
      Content content = manifests.content(file.getKey(), file.getValue());
      budget.values(content.values());
      contents.put(file.getKey(), content);
    }
    contents.values().forEach(it -> manifests.configMaps.addAll(it.read().documents()));
    var offered = new Offered(snapshot.included(), manifests.configMaps, values);
    for (var file : contents.entrySet()) {
      budget.bytes(manifests.file(file.getKey(), file.getValue(), offered).putIn());
    }
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
    if (UnitFileReader.isUnit(path)) {
      return UnitFileReader.read(path, content);
    }
    return path.endsWith(".json") ? JsonReader.read(path, content) : YamlReader.read(path, content);
  }

  private Content content(String path, byte[] bytes) {
    return Optional.ofNullable(memory.files.get(path))
        .map(Parsed::content)
        .filter(known -> Arrays.equals(known.bytes(), bytes))
        .orElseGet(() -> Content.of(path, bytes));
  }

  private Parsed file(String path, Content content, ContentLookup offered) {
    Parsed file =
        Optional.ofNullable(memory.files.get(path))
            .filter(known -> known.content() == content && known.named().isAsIn(offered))
            .orElseGet(() -> expand(path, content, offered));
    parsed.put(path, file);
    tell(content.read().diagnostics());
    file.documents().forEach(this::document);
    return file;
  }

  private static Parsed expand(String path, Content content, ContentLookup offered) {
    var named = new Named(offered);
    List<Inclusion.Expanded> documents =
        content.read().documents().stream()
            .filter(node -> !ConfigMaps.isConfigMap(node))
            .map(node -> Inclusion.expand(path, node, named))
            .toList();
    return Parsed.of(content, documents, named);
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
