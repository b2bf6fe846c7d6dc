package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Entries of {@code directives:} that hide paths from an app, or keep it from writing them. */
final class PathOverrides {

  private static final String FILLED = "is a place that the sandbox itself fills";
  private static final String READ_ONLY = "ReadOnlyPaths";

  /** What the kernel makes: directives of their own say what an app sees of it. */
  static final List<String> KERNEL = List.of("/dev", "/proc", "/sys");

  /**
   * Places that the sandbox may mount something of its own at. systemd has one mount for a path: a
   * second line for it makes it drop the tmpfs there, and the app would see the device's own.
   */
  static final List<String> MOUNTED =
      List.of("/", "/run", "/tmp", "/var/tmp", "/var/lib", "/var/cache", "/var/log");

  private final Mode mode;
  private final boolean ownPlaces;
  private final Complaints complaints;

  /**
   * @param ownPlaces whether the sandbox fills places itself: in open mode it does where a
   *     permission is withheld
   */
  PathOverrides(Mode mode, boolean ownPlaces, Complaints complaints) {
    this.mode = mode;
    this.ownPlaces = ownPlaces;
    this.complaints = complaints;
  }

  SortedMap<String, List<String>> read(Map<String, RawDirective> filters) {
    var paths = new TreeMap<String, List<String>>();
    for (String name : List.of(Draft.HIDING, READ_ONLY)) {
      RawDirective directive = filters.get(name);
      if (directive == null) {
        continue;
      }
      if (mode == Mode.CLOSED && name.equals(READ_ONLY)) {
        complaints.error(
            Problem.CONFLICT,
            directive.at(),
            "directives.%s: in Closed mode an app can write nothing but what permissions grant"
                .formatted(name),
            "remove the line; of a volume write access: ReadOnly in permissions.storage");
        continue;
      }
      List<String> items = read(directive);
      if (!items.isEmpty()) {
        paths.put(name, items);
      }
    }
    return paths;
  }

  private List<String> read(RawDirective directive) {
    var items = new ArrayList<String>();
    for (String value : directive.values()) {
      for (String item : Arrays.stream(value.split(" +")).filter(it -> !it.isEmpty()).toList()) {
        String path = item.startsWith("-") ? item.substring(1) : item;
        problemIn(path)
            .ifPresentOrElse(problem -> refuse(directive, path, problem), () -> items.add(item));
      }
    }
    return items;
  }

  private Optional<String> problemIn(String path) {
    Optional<String> form = path.equals("/") ? Optional.empty() : PathText.problemIn(path);
    if (form.isPresent()) {
      return form;
    }
    if (path.chars().anyMatch(c -> "\"'\\:".indexOf(c) >= 0)) {
      return Optional.of("holds a quote, a colon or a backslash");
    }
    return ownPlaces
            && (MOUNTED.contains(path) || KERNEL.stream().anyMatch(it -> PathText.within(path, it)))
        ? Optional.of(FILLED)
        : Optional.empty();
  }

  private void refuse(RawDirective directive, String path, String problem) {
    complaints.error(
        Problem.UNSAFE_PATH,
        directive.at(),
        "directives.%s: %s %s".formatted(directive.name(), SafeText.shown(path), problem),
        problem.equals(FILLED)
            ? "remove it: what the app sees there, permissions and other directives say, such as"
                + " PrivateDevices and ProtectKernelTunables"
            : "write absolute paths of files or folders, with - before those that may be absent");
  }
}
