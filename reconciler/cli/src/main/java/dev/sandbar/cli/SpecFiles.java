package dev.sandbar.cli;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.GitSourceReader;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.ConfigMaps;
import dev.sandbar.source.ContentKeeper;
import dev.sandbar.source.ContentLookup;
import dev.sandbar.source.FoundContent;
import dev.sandbar.source.Included;
import dev.sandbar.source.Inclusion;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.TextLimits;
import dev.sandbar.source.text.UnitFileReader;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads the specs that a command line names: files, directories with all below, standard input. */
final class SpecFiles {
  private static final int MAX_FILES = 10_000;
  private static final String STDIN = "-";

  /** Kinds of ours that nobody keeps in a repository, but for the labels of a Device. */
  private static final List<String> OF_DEVICES =
      List.of("Device", "DeviceBundle", "DeviceQuery", "AppContent", "FleetHistory");

  private static final String STDIN_NAME = "<stdin>";

  private final InputStream in;
  private final boolean forFleet;
  private final ContentKeeper keeper;
  private final SortedMap<String, String> texts = new TreeMap<>();
  private final SequencedMap<String, ReadResult> read = new LinkedHashMap<>();
  private final Map<String, Included> included = new HashMap<>();
  private final ConfigMaps configMaps = new ConfigMaps();
  private final SortedMap<AppName, AppSpec> apps = new TreeMap<>();
  private final List<Diagnostic> diagnostics = new ArrayList<>();
  private int declared;

  private SpecFiles(InputStream in, boolean forFleet, ContentKeeper keeper) {
    this.in = in;
    this.forFleet = forFleet;
    this.keeper = keeper;
  }

  /**
   * Reads all of them.
   *
   * @param arguments paths, or {@code -} for standard input
   * @throws CommandException if a path is no file and no directory, or a directory holds no spec
   * @throws IOException if a file cannot be read
   */
  static Specs read(List<String> arguments, InputStream in) throws IOException {
    return read(arguments, in, false, ContentKeeper.UNUSED);
  }

  /**
   * Reads specs whose files may be written to a device.
   *
   * @param contents where those are meanwhile that a spec has no room for
   * @throws IOException if a file cannot be read, or not be kept
   */
  static Specs read(List<String> arguments, InputStream in, ContentKeeper contents)
      throws IOException {
    return read(arguments, in, false, contents);
  }

  /**
   * Reads specs that are only looked at, and may be meant for a fleet: they can name Secrets of
   * Kubernetes.
   *
   * @throws IOException if a file cannot be read
   */
  static Specs readForFleet(List<String> arguments, InputStream in) throws IOException {
    return read(arguments, in, true, ContentKeeper.UNUSED);
  }

  private static Specs read(
      List<String> arguments, InputStream in, boolean forFleet, ContentKeeper keeper)
      throws IOException {
    var files = new SpecFiles(in, forFleet, keeper);
    for (String argument : arguments) {
      files.argument(argument);
    }
    files.include();
    files.read.values().forEach(it -> files.configMaps.addAll(it.documents()));
    files.read.forEach(files::documents);
    return new Specs(files.texts, files.apps, files.declared, files.diagnostics);
  }

  private void argument(String argument) throws IOException {
    if (argument.equals(STDIN)) {
      content(STDIN_NAME, in.readNBytes(TextLimits.DEFAULT.maxBytes() + 1));
      return;
    }
    Path path = Path.of(argument);
    if (Files.isDirectory(path)) {
      List<Path> found = below(path);
      if (found.isEmpty() && diagnostics.isEmpty()) {
        throw new CommandException(
            argument + ": there is no .yaml, .yml, .json or .service file in this directory",
            "Name a file or another directory");
      }
      for (Path file : found) {
        file(file);
      }
    } else if (Files.exists(path)) {
      file(path);
    } else {
      throw new NoSuchFileException(argument);
    }
  }

  private List<Path> below(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      List<Path> found =
          all.filter(file -> !hidden(directory.relativize(file)))
              .filter(file -> isSpec(file.getFileName().toString()))
              .filter(this::isFile)
              .limit(MAX_FILES + 1L)
              .sorted()
              .toList();
      if (found.size() > MAX_FILES) {
        throw new CommandException(
            directory + ": there are more than " + MAX_FILES + " files",
            "Name a directory further down");
      }
      return found;
    }
  }

  /** A link that stands for a spec is an error, else what it declares would pass for removed. */
  private boolean isFile(Path file) {
    if (Files.isSymbolicLink(file) && diagnostics.size() < MAX_FILES) {
      diagnostics.add(
          Diagnostic.error(
              Problem.UNSAFE_PATH,
              new Location(file.toString(), 0, 0),
              "a symbolic link is not followed",
              "Put the file itself here"));
    }
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }

  private static boolean hidden(Path relative) {
    for (Path part : relative) {
      if (part.toString().startsWith(".")) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSpec(String name) {
    return name.endsWith(".yaml")
        || name.endsWith(".yml")
        || name.endsWith(".json")
        || UnitFileReader.isUnit(name);
  }

  private void file(Path file) throws IOException {
    try (InputStream stream = Files.newInputStream(file)) {
      content(file.toString(), stream.readNBytes(TextLimits.DEFAULT.maxBytes() + 1));
    }
  }

  private void content(String name, byte[] bytes) {
    if (texts.putIfAbsent(name, new String(bytes, StandardCharsets.UTF_8)) == null) {
      read.put(
          name,
          UnitFileReader.isUnit(name)
              ? UnitFileReader.read(name, bytes)
              : YamlReader.read(name, bytes));
    }
  }

  /** Finds the files that specs name as content. Such a file is no spec, whatever its name. */
  private void include() throws IOException {
    for (var file : read.entrySet()) {
      for (Node document : file.getValue().documents()) {
        for (String path : Inclusion.paths(file.getKey(), document)) {
          if (!included.containsKey(path)) {
            included.put(path, find(file.getKey(), path));
          }
        }
      }
    }
    included.forEach(
        (path, found) -> {
          if (found instanceof Included.Text || found instanceof Included.Large) {
            read.remove(path);
            texts.remove(path);
          }
        });
  }

  private Included find(String spec, String path) throws IOException {
    if (spec.equals(STDIN_NAME)) {
      return new Included.Unusable(
          "cannot be found, for standard input is in no folder", "name the file of the spec");
    }
    int folder = Path.of(spec).getNameCount() - 1;
    Path file = Path.of(path);
    for (Path at = file; at != null && at.getNameCount() > folder; at = at.getParent()) {
      if (Files.isSymbolicLink(at)) {
        return FoundContent.link();
      }
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return FoundContent.missing();
    }
    try (InputStream stream = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      return FoundContent.of(path, stream.readNBytes(keeper.most() + 1), isSpec(path), keeper);
    }
  }

  private void documents(String name, ReadResult result) {
    diagnostics.addAll(result.diagnostics());
    if (result.documents().isEmpty() && !result.hasErrors()) {
      diagnostics.add(
          Diagnostic.warning(
              Problem.MISSING_FIELD,
              new Location(name, 1, 1),
              "there is nothing in this file",
              "remove it, or declare an app in it"));
    }
    for (Node document : result.documents()) {
      if (isOf(DeviceSettingsReader.KIND, document)) {
        agentConfig(document);
      } else if (forFleet && isOf(GitSourceReader.KIND, document)) {
        gitSource(document);
      } else if (forFleet && OF_DEVICES.stream().anyMatch(kind -> isOf(kind, document))) {
        diagnostics.add(
            Diagnostic.warning(
                Problem.UNKNOWN_KIND,
                document.at(),
                "objects of this kind are written by the operator and the devices, and not checked here",
                "check it with: kubectl apply --dry-run=server -f " + name));
      } else if (!ConfigMaps.isConfigMap(document)) {
        declared += isOfAnotherKind(document) ? 0 : 1;
        app(Inclusion.expand(name, document, new Found()).outcome());
      }
    }
  }

  /** What the files offer to each other. */
  private final class Found implements ContentLookup {
    @Override
    public Included file(String path) {
      return included.getOrDefault(path, FoundContent.missing());
    }

    @Override
    public Included configMap(ConfigMapKey key) {
      return configMaps.value(key);
    }

    @Override
    public Included secret(SecretRef ref) {
      return forFleet ? new Included.InCluster() : FoundContent.noSecrets();
    }
  }

  /** One without a kind is an app that lacks it. */
  private static boolean isOfAnotherKind(Node document) {
    return document.fields().get("kind") instanceof Node.Scalar(_, _, var kind)
        && !kind.equals(SpecReader.KIND);
  }

  private static boolean isOf(String wanted, Node document) {
    return document.fields().get("kind") instanceof Node.Scalar(_, _, var kind)
        && kind.equals(wanted);
  }

  private void gitSource(Node document) {
    if (GitSourceReader.read(document) instanceof GitSourceReader.Outcome.Refused(var problems)) {
      diagnostics.addAll(problems);
    }
  }

  /** Beside the apps in a folder that 'sandbar init' has made: no app, but read all the same. */
  private void agentConfig(Node document) {
    if (DeviceSettingsReader.read(document)
        instanceof DeviceSettingsReader.Outcome.Refused(var problems)) {
      diagnostics.addAll(problems);
    }
  }

  private void app(SpecReader.Outcome outcome) {
    diagnostics.addAll(outcome.diagnostics());
    if (outcome instanceof SpecReader.Read(var app, var _)) {
      AppSpec first = apps.putIfAbsent(app.name(), app);
      if (first != null) {
        diagnostics.add(
            Diagnostic.error(
                Problem.DUPLICATE_NAME,
                app.at(),
                "there is an app " + app.name() + " already, at " + first.at(),
                "give one of them another metadata.name"));
      }
    }
  }
}
