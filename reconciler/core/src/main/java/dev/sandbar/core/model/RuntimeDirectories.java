package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Named;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * {@code run.runtimeDirectories}: directories below {@code /run} that the app writes, as {@code
 * RuntimeDirectory=} gives them to a service (systemd.exec(5)). They are there for every command of
 * the app, and are gone when it has stopped.
 */
public final class RuntimeDirectories {

  /** How many an app has at most. */
  public static final int MOST = 8;

  /** Regular expression of names; {@link #reserved()} and what begins with it are none. */
  public static final String NAMES = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}";

  /** With what the names begin of all that Sandbar itself has below {@code /run}. */
  public static final String OWN = "sandbar";

  /** What to write for a name that is none. */
  public static final String HELP =
      "write the NAME of one directory below /run, of a-z, A-Z, 0-9, '-', '_' and '.'";

  private static final String RUN = "/run/";
  private static final String PATH = "spec.run.runtimeDirectories";

  private RuntimeDirectories() {}

  /** Where the app finds one. */
  public static String path(String name) {
    return RUN + name;
  }

  /**
   * The name of the directory that an app would need to write a file.
   *
   * @return empty if the file is in none below {@code /run} that an app can have
   */
  public static Optional<String> nameFor(String path) {
    String below = path.startsWith("/var" + RUN) ? path.substring("/var".length()) : path;
    if (!below.startsWith(RUN) || below.contains("/../")) {
      return Optional.empty();
    }
    int end = below.indexOf('/', RUN.length());
    return end < 0
        ? Optional.empty()
        : Optional.of(below.substring(RUN.length(), end)).filter(it -> problemIn(it).isEmpty());
  }

  /** Names of what systemd has below {@code /run}, or mounts there for an app. */
  public static List<String> reserved() {
    return ReloadRules.TAKEN.stream()
        .map(folder -> folder.substring(RUN.length()))
        .filter(name -> !name.startsWith(OWN))
        .toList();
  }

  static List<Named> read(Node node, NodeValidator expect) {
    var names = new ArrayList<Named>();
    var known = new HashSet<String>();
    for (Node item : expect.items(node, PATH, MOST)) {
      expect
          .text(item, PATH)
          .filter(name -> isValid(name, item, expect))
          .filter(name -> expect.isFirst(name, known, item, PATH, "remove one of them"))
          .ifPresent(name -> names.add(new Named(name, item.at())));
    }
    return names;
  }

  private static boolean isValid(String name, Node item, NodeValidator expect) {
    Optional<String> problem = problemIn(name);
    problem.ifPresent(why -> expect.invalid(item.at(), PATH, name, why, HELP));
    return problem.isEmpty();
  }

  /** Why no app can have such a directory, as the end of a sentence; empty if one can. */
  public static Optional<String> problemIn(String name) {
    if (!ValueRules.isName(name)) {
      return Optional.of("is not the name of a directory below /run");
    }
    return name.startsWith(OWN) || reserved().contains(name)
        ? Optional.of("is kept for systemd or for Sandbar itself")
        : Optional.empty();
  }

  /** What is wrong with the spec; nothing of one without such directories. */
  static List<Diagnostic> check(AppSpec app) {
    List<Named> directories = app.run().runtimeDirectories();
    if (directories.isEmpty()) {
      return List.of();
    }
    if (app.mode() == Mode.OPEN) {
      return List.of(
          Diagnostic.error(
              Problem.CONFLICT,
              directories.getFirst().at(),
              "run.runtimeDirectories are in a /run of the app's own, which an app in Open mode does"
                  + " not have",
              "write directives: {RuntimeDirectory: %s}, or set mode: Closed"
                  .formatted(directories.getFirst().name())));
    }
    return app.files().stream()
        .filter(file -> directories.stream().anyMatch(it -> holds(it, file)))
        .map(
            file ->
                Diagnostic.error(
                    Problem.CONFLICT,
                    file.at(),
                    "files: %s is in a directory of run.runtimeDirectories, which is empty at each"
                            .formatted(SafeText.shown(file.path()))
                        + " start",
                    "give the file another path, such as /run/NAME/FILE"))
        .toList();
  }

  private static boolean holds(Named directory, AppFile file) {
    return PathText.within(file.path(), path(directory.name()));
  }
}
