package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec.RawDirective;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a directive that open mode takes may not do: go around a permission, or around Sandbar. */
final class OpenRules {

  private static final Map<String, Permission> DIRECTORIES =
      Map.of(
          "StateDirectory", Permission.STATE,
          "CacheDirectory", Permission.CACHE,
          "LogsDirectory", Permission.LOGS);

  private static final Set<String> OTHERS = Set.of("RuntimeDirectory", "ConfigurationDirectory");

  private static final Set<String> WHO = Set.of("User", "Group", "SupplementaryGroups");

  private OpenRules() {}

  /** What is wrong with it, if anything. */
  static Optional<Diagnostic> problem(
      RawDirective directive, Permissions permissions, Sandbox point) {
    return opened(directive, permissions, point)
        .map(
            key ->
                Diagnostic.error(
                    Problem.CONFLICT,
                    directive.at(),
                    "directives.%s gives the app what permissions.%s withholds"
                        .formatted(directive.name(), key),
                    "remove one of them"))
        .or(() -> kept(directive));
  }

  /** The permission that is withheld and that the directive would go around. */
  private static Optional<String> opened(
      RawDirective directive, Permissions permissions, Sandbox point) {
    boolean devices = point.files().devices().isAll();
    return switch (directive.name()) {
      case "StateDirectory", "CacheDirectory", "LogsDirectory" ->
          withheld(DIRECTORIES.get(directive.name()), permissions);
      case "ReadWritePaths", "ExecPaths" ->
          point.files().hostWritable() ? Optional.empty() : Optional.of(Permission.STATE.key());
      case "ProcSubset" ->
          directive.values().equals(List.of("pid"))
              ? Optional.empty()
              : withheld(Permission.SYSTEM_INFO, permissions);
      case "DevicePolicy" ->
          devices || directive.values().stream().noneMatch("auto"::equals)
              ? Optional.empty()
              : Optional.of(Permission.DEVICES.key());
      // Nodes are opened by members of a group.
      case "SupplementaryGroups" ->
          devices ? Optional.empty() : Optional.of(Permission.DEVICES.key());
      default -> Optional.empty();
    };
  }

  private static Optional<String> withheld(
      @Nullable Permission permission, Permissions permissions) {
    return Optional.ofNullable(permission)
        .filter(
            it ->
                permissions
                    .get(it)
                    .filter(request -> request.value() instanceof Value.Withheld)
                    .isPresent())
        .map(Permission::key);
  }

  /** Names that Sandbar or systemd give to what they make for apps. */
  private static Optional<Diagnostic> kept(RawDirective directive) {
    String name = directive.name();
    if (DIRECTORIES.containsKey(name) || OTHERS.contains(name)) {
      return kept(
          directive, "private|private/.*|sandbar.*", "is kept for systemd or for Sandbar itself");
    }
    if (WHO.contains(name)) {
      return kept(directive, "(sandbar|sb-|_du).*", "is kept for Sandbar and its apps");
    }
    return name.endsWith("Environment")
        ? kept(directive, "SANDBAR_.*", "is a variable of Sandbar itself")
        : Optional.empty();
  }

  private static Optional<Diagnostic> kept(RawDirective directive, String pattern, String why) {
    return words(directive)
        .filter(it -> it.matches(pattern))
        .findFirst()
        .map(
            word ->
                Diagnostic.error(
                    Problem.INVALID_VALUE,
                    directive.at(),
                    "directives.%s: %s %s".formatted(directive.name(), SafeText.shown(word), why),
                    "use another name"));
  }

  private static Stream<String> words(RawDirective directive) {
    return directive.values().stream().flatMap(it -> Arrays.stream(it.split(" ", -1)));
  }
}
