package dev.sandbar.core.convert;

import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.convert.UnitLines.Passed;
import dev.sandbar.core.convert.UnitLines.Then;
import dev.sandbar.core.model.AliasSetting;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Nearest;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A unit file that declares an app: one with a section {@code [X-Sandbar]}, which systemd itself
 * passes over (systemd.unit(5)). In it stand permissions by their aliases, and what a unit file
 * cannot say. Unlike an import, which names what it leaves out, every line must be carried: a line
 * that is not would be a sandbox other than the one declared.
 */
public final class UnitManifest {

  /** How the names of such files end. */
  public static final String SUFFIX = ".service";

  private static final String SECTION = "X-Sandbar";
  private static final String ALIAS = "ACCESS_";
  private static final String MODE = "Mode";
  private static final String IMAGE = "Image";
  private static final String DIGEST = "ImageSHA256";
  private static final String ROOT_HASH = "ImageRootHash";
  private static final String SELECTOR = "DeviceSelector";
  private static final String DRIFT = "Drift";
  private static final List<String> KEYS = List.of(MODE, IMAGE, DIGEST, ROOT_HASH, SELECTOR, DRIFT);

  private static final Pattern LINE_ENDS = Pattern.compile("[\n\r\0]");

  private final String path;
  private final List<Diagnostic> errors = new ArrayList<>();
  private final SequencedMap<String, Node> permissions = new LinkedHashMap<>();
  private final Map<String, Line> settings = new TreeMap<>();

  private UnitManifest(String path) {
    this.path = path;
  }

  /**
   * What became of a file.
   *
   * @param manifests the object that it declares, if it can be used
   */
  public record Read(List<Node> manifests, List<Diagnostic> diagnostics) {
    public Read {
      manifests = List.copyOf(manifests);
      diagnostics = List.copyOf(diagnostics);
    }
  }

  /**
   * Whether a unit file declares an app. One in which systemd would not find the section for an
   * error before it is meant to, and passing over it would remove the app.
   */
  public static boolean isMarked(String text) {
    return text.contains("[" + SECTION + "]")
        && (LINE_ENDS.splitAsStream(text).anyMatch(UnitManifest::isMark)
            || UnitLines.read(text).sections().contains(SECTION));
  }

  private static boolean isMark(String line) {
    return line.replaceFirst("^\uFEFF", "").strip().equals("[" + SECTION + "]");
  }

  private static boolean isOwn(Passed passed) {
    return passed.then() == Then.GOES_ON && passed.line().section().equals(SECTION);
  }

  /**
   * Reads one that does.
   *
   * @param path of the file, whose last part names the app
   */
  public static Read read(String path, String text) {
    var manifest = new UnitManifest(path);
    UnitFile unit = UnitFile.read(text);
    if (unit.refused().isEmpty() && !UnitLines.read(text).sections().contains(SECTION)) {
      manifest.error(
          0,
          Problem.SYNTAX,
          "[%s] is no section here: it stands behind other characters, or a line before it ends in a backslash"
              .formatted(SECTION),
          "write it on a line of its own, behind a line without a backslash at its end");
    }
    return manifest.read(unit);
  }

  private Read read(UnitFile unit) {
    String file = path.substring(path.lastIndexOf('/') + 1);
    String name = file.substring(0, Math.max(0, file.length() - SUFFIX.length()));
    if (!AppName.isValid(name)) {
      error(
          0,
          Problem.INVALID_VALUE,
          "the name of this file cannot be that of an app: " + SafeText.shown(name),
          "name it NAME.service, of at most %d of a-z, 0-9 and inner '-'"
              .formatted(AppName.MAX_LENGTH));
      return new Read(List.of(), errors);
    }
    unit.passed().stream().filter(it -> isOwn(it)).forEach(it -> own(it.line()));
    var rest = new ArrayList<Line>();
    for (Line line : unit.lines()) {
      if (line.name().equals("EnvironmentFile")) {
        error(
            line.number(),
            Problem.UNKNOWN_DIRECTIVE,
            "EnvironmentFile names a file of the device, which is not read here",
            "write the variables as Environment=NAME=VALUE");
      } else {
        rest.add(line);
      }
    }
    Mode mode = mode();
    Converted converted =
        UnitConverter.with(
            new UnitFile(
                rest, unit.passed().stream().filter(it -> !isOwn(it)).toList(), unit.refusals()),
            new AppName(name),
            path,
            mode,
            new Additions(permissions, new TreeSet<>()));
    for (Converted.Left left : converted.left()) {
      error(
          left.line(),
          Problem.UNKNOWN_DIRECTIVE,
          SafeText.shown(left.what()) + " cannot be carried",
          left.help());
    }
    Node manifest = whole(converted.manifest());
    return errors.isEmpty() ? new Read(List.of(manifest), List.of()) : new Read(List.of(), errors);
  }

  private void own(Line line) {
    if (line.name().startsWith(ALIAS)) {
      permission(line);
    } else if (!KEYS.contains(line.name())) {
      error(
          line.number(),
          Problem.UNKNOWN_FIELD,
          "unknown setting %s in [%s]".formatted(SafeText.shown(line.name()), SECTION),
          Nearest.help(line.name(), KEYS, "docs/appsandbox.md")
              + "; permissions are written as ACCESS_INTERNET=no");
    } else if (settings.putIfAbsent(line.name(), line) != null) {
      twice(line);
    }
  }

  private void permission(Line line) {
    switch (AliasSetting.parse(line.name() + "=" + line.value(), at(line.number()))) {
      case AliasSetting.Accepted(var permission, _, var value) -> {
        if (permissions.putIfAbsent(permission.key(), value) != null) {
          twice(line);
        }
      }
      case AliasSetting.Refused(var found) -> errors.addAll(found);
    }
  }

  private void twice(Line line) {
    error(
        line.number(),
        Problem.CONFLICT,
        "%s is there twice in [%s]".formatted(line.name(), SECTION),
        "remove one of the lines");
  }

  private Mode mode() {
    Line line = settings.get(MODE);
    if (line != null && !List.of("Closed", "Open").contains(line.value())) {
      error(
          line.number(),
          Problem.INVALID_VALUE,
          "%s: %s is not one of Closed or Open".formatted(MODE, SafeText.shown(line.value())),
          "write Mode=Closed or Mode=Open");
    }
    return line != null && line.value().equals("Open") ? Mode.OPEN : Mode.CLOSED;
  }

  /** With what a unit file cannot say, and places for all of it. */
  private Node whole(Node manifest) {
    var fields = new LinkedHashMap<String, Node>(manifest.fields());
    Node none = Node.mapping(List.of());
    var spec = new LinkedHashMap<String, Node>(fields.getOrDefault("spec", none).fields());
    Line image = settings.get(IMAGE);
    Line digest = settings.get(DIGEST);
    Line rootHash = settings.get(ROOT_HASH);
    if (image != null || digest != null || rootHash != null) {
      spec.put("image", image(image, digest, rootHash));
    }
    if (settings.get(SELECTOR) instanceof Line line) {
      spec.put("devices", mapping(Map.of("matchLabels", labels(line))));
    }
    if (settings.get(DRIFT) instanceof Line line) {
      spec.put("drift", mapping(Map.of("mode", text(line.number(), line.value()))));
    }
    fields.put("spec", mapping(spec));
    return located(mapping(fields));
  }

  /**
   * A path, a URL, or a repository with the digest in the way of all tools: {@code
   * HOST/NAME@DIGEST}.
   */
  private Node image(@Nullable Line image, @Nullable Line digest, @Nullable Line rootHash) {
    var parts = new LinkedHashMap<String, Node>();
    int at = image == null ? -1 : image.value().indexOf('@');
    if (image == null || image.value().startsWith("/")) {
      put(parts, "path", image);
    } else if (image.value().contains("://")) {
      put(parts, "url", image);
    } else {
      parts.put(
          "oci", text(image.number(), at < 0 ? image.value() : image.value().substring(0, at)));
      if (at >= 0) {
        parts.put("digest", text(image.number(), image.value().substring(at + 1)));
      }
    }
    put(parts, "sha256", digest);
    put(parts, "rootHash", rootHash);
    return mapping(parts);
  }

  private void put(Map<String, Node> parts, String key, @Nullable Line line) {
    if (line != null) {
      parts.put(key, text(line.number(), line.value()));
    }
  }

  private Node labels(Line line) {
    var labels = new LinkedHashMap<String, Node>();
    for (String part : line.value().split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 1) {
        error(
            line.number(),
            Problem.INVALID_VALUE,
            "%s: %s is not NAME=VALUE".formatted(SELECTOR, SafeText.shown(part)),
            "write for example DeviceSelector=site=berlin,role=gateway");
      } else {
        labels.put(
            part.substring(0, equals).strip(),
            text(line.number(), part.substring(equals + 1).strip()));
      }
    }
    return mapping(labels);
  }

  private Node text(int line, String value) {
    return new Node.Scalar(at(line), Node.Kind.TEXT, value);
  }

  private static Node mapping(Map<String, Node> fields) {
    return Node.mapping(
        fields.entrySet().stream()
            .map(it -> new Node.Entry(it.getValue().at(), it.getKey(), it.getValue()))
            .toList());
  }

  /** What no line says stands at the beginning of the file. */
  private Node located(Node node) {
    Location at = located(node.at());
    return switch (node) {
      case Node.Scalar(_, var kind, var text) -> new Node.Scalar(at, kind, text);
      case Node.Sequence(_, var items) ->
          new Node.Sequence(at, items.stream().map(this::located).toList());
      case Node.Mapping(_, var entries) ->
          new Node.Mapping(
              at,
              entries.stream()
                  .map(it -> new Node.Entry(located(it.keyAt()), it.key(), located(it.value())))
                  .toList());
    };
  }

  private Location located(Location at) {
    return at.equals(Location.NOWHERE) || at.line() == 0 ? at(0) : at;
  }

  private Location at(int line) {
    return new Location(path, Math.max(1, line), 1);
  }

  private void error(int line, Problem problem, String message, String help) {
    errors.add(Diagnostic.error(problem, at(line), message, help));
  }
}
