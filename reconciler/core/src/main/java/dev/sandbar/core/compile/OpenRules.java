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

/** What a directive that open mode takes may not do: go around a permission, or around Sandbar. */
final class OpenRules {

  private static final Map<String, Permission> DIRECTORIES =
      Map.of(
          "StateDirectory", Permission.STATE,
          "CacheDirectory", Permission.CACHE,
          "LogsDirectory", Permission.LOGS);

  private static final Set<String> OTHERS = Set.of("RuntimeDirectory", "ConfigurationDirectory");

  /** They may open what something else closes. */
  private static final Set<String> OPENING = Set.of("ReadWritePaths", "ExecPaths");

  private static final Map<String, Permission> OF_PROC =
      Map.of("ProcSubset", Permission.SYSTEM_INFO);

  private OpenRules() {}

  /** What is wrong with it, if anything. */
  static Optional<Diagnostic> problem(
      RawDirective directive, Permissions permissions, Sandbox point) {
    String name = directive.name();
    Optional<Permission> permission =
        Optional.ofNullable(DIRECTORIES.get(name))
            .or(
                () ->
                    Optional.ofNullable(OF_PROC.get(name))
                        .filter(_ -> !directive.values().equals(List.of("pid"))))
            .or(
                () ->
                    OPENING.contains(name) && !point.files().hostWritable()
                        ? Optional.of(Permission.STATE)
                        : Optional.empty())
            .filter(
                it ->
                    permissions
                        .get(it)
                        .filter(request -> request.value() instanceof Value.Withheld)
                        .isPresent());
    if (permission.isPresent()) {
      return Optional.of(
          Diagnostic.error(
              Problem.CONFLICT,
              directive.at(),
              "directives.%s gives the app what permissions.%s withholds"
                  .formatted(name, permission.get().key()),
              "remove one of them"));
    }
    if (DIRECTORIES.containsKey(name) || OTHERS.contains(name)) {
      return words(directive)
          .filter(it -> it.equals("private") || it.matches("(private/|sandbar).*"))
          .findFirst()
          .map(it -> kept(directive, it, "is kept for systemd or for Sandbar itself"));
    }
    return name.endsWith("Environment")
        ? words(directive)
            .filter(it -> it.startsWith("SANDBAR_"))
            .findFirst()
            .map(it -> kept(directive, it, "is a variable of Sandbar itself"))
        : Optional.empty();
  }

  private static Stream<String> words(RawDirective directive) {
    return directive.values().stream().flatMap(it -> Arrays.stream(it.split(" ", -1)));
  }

  private static Diagnostic kept(RawDirective directive, String word, String why) {
    return Diagnostic.error(
        Problem.INVALID_VALUE,
        directive.at(),
        "directives.%s: %s %s".formatted(directive.name(), SafeText.shown(word), why),
        "use another name");
  }
}
