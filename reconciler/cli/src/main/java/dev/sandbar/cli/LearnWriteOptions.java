package dev.sandbar.cli;

import dev.sandbar.core.learn.LearnedSpec;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.device.store.DevicePaths;
import dev.sandbar.source.text.YamlWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the spec is written with the files that it takes, as a folder of a repository has them. */
final class LearnWriteOptions {

  /** A spec holds no more (docs/configuration.md). */
  private static final int LARGEST = 64 << 10;

  private static final String SUFFIX = ".yaml";
  private static final String FILES = "files";

  @Option(
      names = "--write",
      paramLabel = "DIR",
      description =
          "Write the spec to DIR/NAME.yaml instead, and to DIR/NAME those files of its configuration"
              + " that name places of the service, with the app's own places. Nothing is"
              + " overwritten.")
  private @Nullable Path folder;

  boolean isAsked() {
    return folder != null;
  }

  /**
   * Finds out before the service is watched what would be in the way afterwards.
   *
   * @throws CommandException if it could not be written
   */
  void check(AppName app) {
    Path to = folder;
    if (to == null) {
      return;
    }
    for (Path there : List.of(to.resolve(app + SUFFIX), to.resolve(app.value()))) {
      if (Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
        throw new CommandException(
            there + " exists already, and is not overwritten",
            "Write to another folder, or remove it");
      }
    }
    if (Files.exists(to) && !Files.isDirectory(to)) {
      throw new CommandException(to + " is not a folder", "Name a folder");
    }
  }

  /**
   * The texts of what a service read of its settings, if files are requested.
   *
   * @param root of the file system of the device
   */
  SortedMap<String, String> settings(Path root, Collection<Use> uses) {
    var settings = new TreeMap<String, String>();
    if (isAsked()) {
      for (String path : paths(uses)) {
        file(root, path)
            .filter(it -> isForEverybody(root, it))
            .flatMap(LearnWriteOptions::text)
            .ifPresent(text -> settings.put(path, text));
      }
    }
    return settings;
  }

  /** Which of them the user of an app may not read. */
  static List<String> unreadable(Path root, Collection<Use> uses) {
    return paths(uses).stream().filter(path -> isClosed(root, path)).toList();
  }

  /** Whether it is a file that not everybody may read. */
  static boolean isClosed(Path root, String path) {
    return file(root, path).filter(it -> !isForEverybody(root, it)).isPresent();
  }

  private static SortedSet<String> paths(Collection<Use> uses) {
    var paths = new TreeSet<String>();
    for (Use use : uses) {
      // Another form would be a path outside of the folder that is written.
      if (use instanceof Use.ReadSettings(String path) && isNormal(path)) {
        paths.add(path);
      }
    }
    return paths;
  }

  private static Optional<Path> file(Path root, String path) {
    try {
      return Optional.of(DevicePaths.onDisk(root, Path.of(path).normalize().toString()))
          .filter(it -> Files.isRegularFile(it, LinkOption.NOFOLLOW_LINKS));
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static boolean isNormal(String path) {
    try {
      return Path.of(path).normalize().toString().equals(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** Also the folders on the way: one that is closed hides all below it. */
  private static boolean isForEverybody(Path root, Path file) {
    try {
      if (!Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
        return false;
      }
      for (Path on = file.getParent(); on != null && !on.equals(root); on = on.getParent()) {
        if (!Files.getPosixFilePermissions(on).contains(PosixFilePermission.OTHERS_EXECUTE)) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<String> text(Path file) {
    try {
      byte[] bytes = EnvironmentFiles.read(file, LARGEST);
      String text = new String(bytes, StandardCharsets.UTF_8);
      return Optional.of(text)
          .filter(_ -> bytes.length <= LARGEST)
          .filter(it -> it.lines().allMatch(line -> SafeText.problemIn(line).isEmpty()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Writes it, if that was requested. */
  void write(LearnedSpec learned, AppName app, Printer printer) throws IOException {
    Path to = folder;
    if (to == null) {
      return;
    }
    var spec = new LinkedHashMap<>(field(learned.manifest(), "spec").fields());
    var items = new ArrayList<Node>();
    if (spec.get(FILES) instanceof Node.Sequence(_, var files)) {
      for (Node file : files) {
        items.add(beside(to, app, file));
      }
      spec.put(FILES, Node.list(items));
    }
    var whole = new LinkedHashMap<>(learned.manifest().fields());
    whole.put("spec", mapping(spec));
    Files.createDirectories(to);
    Path manifest = to.resolve(app + SUFFIX);
    Files.writeString(manifest, YamlWriter.write(mapping(whole)), StandardOpenOption.CREATE_NEW);
    printer.note(
        "wrote %s%s; see whether it can be used: sandbar validate %s"
            .formatted(
                manifest,
                items.isEmpty() ? "" : " and " + English.count(items.size(), "file") + " for it",
                to));
  }

  /**
   * In a folder of the app, by its whole path: two may have one name. Others have their own text.
   */
  private static Node beside(Path to, AppName app, Node file) throws IOException {
    if (!(file.fields().get("content") instanceof Node.Scalar(_, _, String content))
        || !(file.fields().get("path") instanceof Node.Scalar(_, _, String path))) {
      return file;
    }
    String there = app + path;
    Path target = to.resolve(there);
    Files.createDirectories(target.resolveSibling("."));
    Files.writeString(target, content, StandardOpenOption.CREATE_NEW);
    var fields = new LinkedHashMap<>(file.fields());
    fields.remove("content");
    fields.put("from", mapping(Map.of("file", Node.text(there))));
    return mapping(fields);
  }

  private static Node field(Node node, String key) {
    return node.fields().getOrDefault(key, Node.mapping(List.of()));
  }

  private static Node mapping(Map<String, Node> fields) {
    return Node.mapping(
        fields.entrySet().stream().map(it -> Node.entry(it.getKey(), it.getValue())).toList());
  }
}
