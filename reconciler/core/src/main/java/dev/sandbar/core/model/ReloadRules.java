package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Lifecycle.Moment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@code onChange: Reload} needs: a command that reloads the app, and a folder of its own for
 * the file, since it is the folder that is bound into the running app.
 */
final class ReloadRules {

  private static final String RUN = "/run/";

  /**
   * Where systemd or Sandbar has something for apps, or mounts it: systemd would make what it
   * mounts a file at in the folder of the store.
   */
  static final List<String> TAKEN =
      List.of(
          "/run/systemd",
          "/run/credentials",
          "/run/private",
          "/run/dbus",
          "/run/host",
          "/run/user",
          "/run/lock",
          "/run/netns",
          "/run/resolvconf",
          "/run/NetworkManager",
          "/run/sandbar",
          "/run/sandbar-agent",
          "/run/sandbar-probe");

  private static final String FOLDER_HELP =
      "give the file a folder of its own: /run/NAME/FILE, or remove onChange";

  private ReloadRules() {}

  /** What is wrong with the spec; nothing of one without such files. */
  static List<Diagnostic> check(AppSpec app) {
    var found = new ArrayList<Diagnostic>();
    for (AppFile file : app.files()) {
      if (file.reloads()) {
        objection(app, file)
            .ifPresent(
                it ->
                    found.add(
                        Diagnostic.error(
                            it.problem(),
                            file.at(),
                            "files: onChange: Reload of %s %s"
                                .formatted(SafeText.shown(file.path()), it.why()),
                            it.help())));
      }
    }
    return found;
  }

  private static Optional<Objection> objection(AppSpec app, AppFile file) {
    if (app.root() instanceof AppSpec.Root.Image) {
      return conflict(
          "needs run.reload, which an app with an image cannot have",
          "remove onChange: a change of the file restarts the app");
    }
    if (app.run().lifecycle().commands().getOrDefault(Moment.RELOAD, List.of()).isEmpty()) {
      return conflict(
          "needs a command that has the program read it again",
          "add run.reload: [[/bin/sh, -c, kill -HUP $MAINPID]], or remove onChange");
    }
    if (app.mode() == Mode.OPEN) {
      return conflict(
          "needs a /run of the app's own, which an app in Open mode does not have",
          "remove onChange, or set mode: Closed");
    }
    if (file.executable()) {
      return conflict("is of a program, which is not read again", "remove onChange, or the mode");
    }
    String folder = file.folder();
    if (!folder.startsWith(RUN) || TAKEN.stream().anyMatch(it -> PathText.within(folder, it))) {
      return Optional.of(
          new Objection(Problem.UNSAFE_PATH, "is not in a folder below /run", FOLDER_HELP));
    }
    // It is the name of a file on the device too, beside which a hidden one is written first.
    if (!ValueRules.isName(file.path().substring(folder.length() + 1))) {
      return Optional.of(
          new Objection(
              Problem.UNSAFE_PATH,
              "has a name that is not plain",
              "use at most %d of a-z, A-Z, 0-9, '-', '_' and '.', and neither '.' nor '-' first"
                  .formatted(SpecBounds.LONGEST_NAME)));
    }
    return app.files().stream()
        .filter(other -> !other.equals(file) && PathText.within(other.path(), folder))
        .filter(other -> !other.reloads() || !other.folder().equals(folder))
        .findFirst()
        .flatMap(
            other ->
                conflict(
                    "shares its folder with %s, which does not reload"
                        .formatted(SafeText.shown(other.path())),
                    FOLDER_HELP));
  }

  private static Optional<Objection> conflict(String why, String help) {
    return Optional.of(new Objection(Problem.CONFLICT, why, help));
  }
}
