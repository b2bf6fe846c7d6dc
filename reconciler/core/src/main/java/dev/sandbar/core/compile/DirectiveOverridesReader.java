package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.ImagePlace;
import dev.sandbar.core.model.Nearest;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.PortRange;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveOverride;
import dev.sandbar.core.property.DirectiveOverride.Accepted;
import dev.sandbar.core.property.DirectiveOverride.Filter;
import dev.sandbar.core.property.DirectiveOverride.Ladder;
import dev.sandbar.core.property.DirectiveOverride.OpenOnly;
import dev.sandbar.core.property.DirectiveOverride.Refused;
import dev.sandbar.core.property.DirectiveOverride.Setting;
import dev.sandbar.core.property.DirectiveOverride.Switch;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Reads {@code directives:}, the escape overrides. What closes more than the permissions is merged;
 * what would open more is refused and names the permission to ask for instead. No value passes
 * through: each is read by a closed vocabulary.
 */
final class DirectiveOverridesReader {

  private static final List<String> WRITABLE = List.of("/tmp", "/var/tmp", "/home", "/root");

  private static final List<String> KNOWN =
      DirectiveTable.all().values().stream()
          .filter(directive -> isLetThrough(directive.override()))
          .map(DirectiveInfo::name)
          .toList();

  private final AppSpec app;
  private final SortedMap<String, String> volumes;
  private final Sandbox point;
  private final Complaints complaints;
  private final TreeMap<String, String> settings = new TreeMap<>();
  private final TreeSet<String> switches = new TreeSet<>();
  private final WordOverrides words;

  /**
   * @param volumes of the device: name to path
   */
  DirectiveOverridesReader(
      AppSpec app, SortedMap<String, String> volumes, Sandbox point, Complaints complaints) {
    this.app = app;
    this.volumes = volumes;
    this.point = point;
    this.complaints = complaints;
    this.words = new WordOverrides(complaints);
  }

  DirectiveOverrides read() {
    var filters = new TreeMap<String, RawDirective>();
    for (RawDirective directive : app.directives()) {
      if (!safe(directive)) {
        continue;
      }
      Optional<DirectiveInfo> row = DirectiveTable.find(directive.name());
      if (row.isEmpty()) {
        refuse(
            directive,
            "unknown directive " + shownName(directive),
            Nearest.help(directive.name(), KNOWN, "docs/reference/directives.md"));
        continue;
      }
      switch (row.get().override()) {
        case Setting setting -> setting(directive, setting.in(app.mode()));
        case OpenOnly(var open, _) when app.mode() == Mode.OPEN -> openly(directive, open);
        case OpenOnly(_, var instead) ->
            refuse(directive, pathOf(directive) + " is not accepted", instead);
        case Switch(var instead) -> toggle(directive, instead);
        case Ladder ladder -> words.read(directive, ladder);
        case Filter() -> filters.put(directive.name(), directive);
        case Refused(var instead) ->
            refuse(directive, pathOf(directive) + " is not accepted", instead);
      }
    }
    namespaceWithheld(filters);
    busName();
    var network = new NetworkOverrides(point, app.mode(), complaints);
    var calls = new SystemCallOverrides(complaints);
    Sandbox ceiling = network.ceiling(filters);
    if (switches.contains("MemoryDenyWriteExecute")) {
      ceiling = ceiling.meet(noWritableCode());
    }
    Optional.ofNullable(filters.get("SystemCallFilter")).ifPresent(calls::read);
    var rights = new RightsOverrides(app, point, complaints);
    ceiling = ceiling.meet(rights.ceiling(settings));
    return new DirectiveOverrides(
        ceiling,
        settings,
        switches,
        words.read(),
        new PathOverrides(app.mode(), !fillsNothing(), complaints).read(filters),
        calls.allowed(),
        calls.denied(),
        network.namespace(),
        Optional.ofNullable(filters.get("RootImage")).flatMap(this::image).orElse(""));
  }

  private boolean safe(RawDirective directive) {
    for (String value : directive.values()) {
      Optional<String> problem = SafeText.problemIn(value);
      if (problem.isPresent()) {
        complaints.error(
            Problem.UNSAFE_TEXT,
            directive.at(),
            "%s: the value %s".formatted(pathOf(directive), problem.get()),
            "remove it");
        return false;
      }
    }
    return true;
  }

  private void setting(RawDirective directive, Accepted accepted) {
    single(directive)
        .ifPresent(
            value -> {
              if (accepted.accepts(value) && Effective.isReadable(directive.name(), value)) {
                settings.put(directive.name(), value);
                memoryLimit(directive, value);
              } else {
                complaints.error(
                    Problem.INVALID_VALUE,
                    directive.at(),
                    "%s: %s is not usable".formatted(pathOf(directive), SafeText.shown(value)),
                    "write " + accepted.shown());
              }
            });
  }

  /** A setting that may be empty says something by that. */
  private void openly(RawDirective directive, Accepted accepted) {
    if (OpenRules.problem(directive, app.permissions(), point).filter(this::report).isPresent()) {
      return;
    }
    if (directive.values().equals(List.of("")) && accepted.accepts("")) {
      settings.put(directive.name(), "");
    } else {
      setting(directive, accepted);
    }
  }

  private boolean report(Diagnostic problem) {
    complaints.add(List.of(problem));
    return true;
  }

  private void memoryLimit(RawDirective directive, String value) {
    if (directive.name().equals(KernelLines.MEMORY_LIMIT)
        && DirectiveOverrides.locksMemory(value)
        && isWithheld(Permission.LOCK_MEMORY)) {
      complaints.error(
          Problem.CONFLICT,
          directive.at(),
          "directives.LimitMEMLOCK lets the app lock memory, which permissions.lockMemory withholds",
          "remove one of them");
    }
  }

  private boolean isWithheld(Permission permission) {
    return app.permissions()
        .get(permission)
        .filter(request -> request.value() instanceof Value.Withheld)
        .isPresent();
  }

  private static boolean isLetThrough(DirectiveOverride override) {
    return switch (override) {
      case Setting _, OpenOnly _, Switch _, Ladder _, Filter _ -> true;
      case Refused _ -> false;
    };
  }

  private void toggle(RawDirective directive, String instead) {
    Optional<Boolean> value =
        single(directive).flatMap(text -> bool(text).or(() -> strongerThanYes(directive, text)));
    if (value.isEmpty()) {
      return;
    }
    if (value.get()) {
      String taken = app.mode() == Mode.CLOSED ? taken(directive.name()) : "";
      if (!taken.isEmpty()) {
        complaints.error(
            Problem.CONFLICT,
            directive.at(),
            "directives.%s takes away what permissions.%s".formatted(directive.name(), taken),
            "remove one of them");
        return;
      }
      switches.add(directive.name());
    } else if (app.mode() == Mode.CLOSED && !already(directive.name())) {
      loosens(complaints, directive, "would turn off a wall of the closed mode", instead);
    } else if (app.mode() == Mode.OPEN && withheld(directive.name())) {
      loosens(
          complaints,
          directive,
          "would turn off what a withheld permission turns on",
          "remove the line, or the permission that is withheld");
    }
  }

  /** A permission that is withheld by name holds against every directive. */
  private void namespaceWithheld(Map<String, RawDirective> filters) {
    Optional.ofNullable(filters.get("NetworkNamespacePath"))
        .filter(_ -> isWithheld(Permission.NETWORK_NAMESPACE))
        .ifPresent(
            directive ->
                complaints.error(
                    Problem.CONFLICT,
                    directive.at(),
                    "directives.NetworkNamespacePath joins a network namespace, which"
                        + " permissions.networkNamespace withholds",
                    "remove one of them"));
  }

  /** Whether nothing is mounted for the app but what its directives say. */
  private boolean fillsNothing() {
    return point.unconfined() && point.files().hostWritable() && point.files().devices().isAll();
  }

  /** systemd does not load such a service without a name. */
  private void busName() {
    app.directives().stream()
        .filter(it -> it.name().equals("Type") && it.values().equals(List.of("dbus")))
        .filter(_ -> !settings.containsKey("BusName"))
        .forEach(
            it ->
                complaints.error(
                    Problem.CONFLICT,
                    it.at(),
                    "directives.Type: dbus waits for a name, and there is none",
                    "add directives.BusName, or remove the line"));
  }

  /** Whether a permission that is withheld in open mode turns the switch on. */
  private boolean withheld(String name) {
    return switch (name) {
      case "MemoryDenyWriteExecute" -> !point.kernel().writableCode();
      case "PrivateDevices" -> !point.files().devices().isAll();
      case "RestrictRealtime" -> !point.kernel().realtime();
      default -> false;
    };
  }

  private boolean already(String name) {
    return name.equals("MemoryDenyWriteExecute") && point.kernel().writableCode();
  }

  /** What of the permissions a switch that is turned on would take away again; empty if nothing. */
  private String taken(String name) {
    Sandbox.Kernel kernel = point.kernel();
    return switch (name) {
      case "MemoryDenyWriteExecute" -> kernel.writableCode() ? "jit grants" : "";
      case "PrivateUsers" ->
          kernel.isHarmless()
              ? kernel.isPrivileged()
                  ? "ports grants: a port below %d".formatted(PortRange.UNPRIVILEGED)
                  : ""
              : "rawNetwork grants";
      case "RestrictRealtime" -> kernel.realtime() ? "realtime grants" : "";
      default -> "";
    };
  }

  private Optional<Boolean> strongerThanYes(RawDirective directive, String text) {
    complaints.error(
        Problem.INVALID_VALUE,
        directive.at(),
        "%s: %s is neither yes nor no".formatted(pathOf(directive), SafeText.shown(text)),
        "write yes or no");
    return Optional.empty();
  }

  private Optional<String> image(RawDirective directive) {
    if (app.root() instanceof Root.Image) {
      complaints.error(
          Problem.CONFLICT,
          directive.at(),
          "directives.RootImage and image both name the app's root",
          "remove directives.RootImage");
      return Optional.empty();
    }
    return single(directive).filter(path -> usable(directive, path));
  }

  private boolean usable(RawDirective directive, String path) {
    boolean normal =
        path.startsWith("/")
            && path.length() > 1
            && Arrays.stream(path.substring(1).split("/", -1))
                .noneMatch(p -> p.isEmpty() || p.equals(".") || p.equals(".."))
            && SafeText.problemInLine(path).isEmpty();
    if (!normal) {
      complaints.error(
          Problem.UNSAFE_PATH,
          directive.at(),
          "directives.RootImage: %s is not an absolute path in normal form"
              .formatted(SafeText.shown(path)),
          "write /absolute/path/of/image.squashfs");
      return false;
    }
    Optional<String> place = ImagePlace.problemIn(path).or(() -> writablePlace(path));
    if (place.isPresent()) {
      complaints.error(
          Problem.UNSAFE_PATH,
          directive.at(),
          "directives.RootImage: %s %s".formatted(SafeText.shown(path), place.get()),
          "use image: {path, sha256}; or " + ImagePlace.HELP);
      return false;
    }
    complaints.warning(
        Problem.IMAGE,
        directive.at(),
        "directives.RootImage names an image that nobody verifies",
        "use image: {path, sha256}");
    return true;
  }

  /** An image that an app can write is code that it makes, or a link that leads anywhere. */
  private Optional<String> writablePlace(String path) {
    Stream<String> own = Arrays.stream(AppDirectory.values()).map(AppDirectory::privateParent);
    return Stream.of(WRITABLE.stream(), own, volumes.values().stream())
        .flatMap(folders -> folders)
        .filter(folder -> PathText.within(path, folder))
        .findFirst()
        .map(folder -> "lies below " + SafeText.shown(folder) + ", where apps can write")
        .or(
            () ->
                path.startsWith("/var/lib/sandbar") || AppDirectory.isIn(path)
                    ? Optional.of("lies below what Sandbar keeps for apps")
                    : Optional.empty());
  }

  private void refuse(RawDirective directive, String what, String help) {
    complaints.error(Problem.UNKNOWN_DIRECTIVE, directive.at(), what, help);
  }

  static String pathOf(RawDirective directive) {
    return "directives." + shownName(directive);
  }

  /** The key is free text of the input. */
  private static String shownName(RawDirective directive) {
    String name = directive.name();
    return name.matches("[A-Za-z0-9]{1,60}") ? name : SafeText.shown(name);
  }

  private Optional<String> single(RawDirective directive) {
    return single(directive, complaints);
  }

  /** The value of a directive that takes one; a complaint if it has several, or none. */
  static Optional<String> single(RawDirective directive, Complaints complaints) {
    if (directive.values().size() == 1 && !directive.values().getFirst().isEmpty()) {
      return Optional.of(directive.values().getFirst());
    }
    complaints.error(
        Problem.WRONG_TYPE,
        directive.at(),
        pathOf(directive) + " takes one value",
        "write one value");
    return Optional.empty();
  }

  private static Sandbox noWritableCode() {
    Sandbox.Kernel kernel = Sandbox.TOP.kernel();
    return Sandbox.TOP.with(
        new Sandbox.Kernel(
            Extent.all(),
            kernel.capabilities(),
            kernel.namespaces(),
            kernel.foreignCalls(),
            false,
            kernel.realtime(),
            kernel.lockedMemory()));
  }

  /** systemd's boolean words; empty if it is none. */
  static Optional<Boolean> bool(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "yes", "true", "on", "1", "y", "t" -> Optional.of(true);
      case "no", "false", "off", "0", "n", "f" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  static void loosens(Complaints complaints, RawDirective directive, String what, String help) {
    complaints.error(
        Problem.LOOSENS_SANDBOX,
        directive.at(),
        "%s=%s %s".formatted(pathOf(directive), String.join(" ", directive.values()), what),
        help);
  }
}
