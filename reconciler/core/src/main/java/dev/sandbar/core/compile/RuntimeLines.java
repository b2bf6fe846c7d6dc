package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Named;
import dev.sandbar.core.model.RuntimeDirectories;
import java.util.ArrayList;
import java.util.List;

/** The directories below {@code /run} that an app writes, and the variable that names them. */
final class RuntimeLines {

  private static final String BECAUSE = "run.runtimeDirectories";
  private static final String VARIABLE = "RUNTIME_DIRECTORY";

  private RuntimeLines() {}

  static void write(Draft draft, AppSpec app) {
    RuntimeMount.of(app).ifPresent(mount -> directories(draft, app, mount));
    variable(draft, app);
  }

  /** Of the directory for sockets the unit has nothing that systemd would name. */
  private static void variable(Draft draft, AppSpec app) {
    var places = new ArrayList<String>();
    app.run().runtimeDirectories().forEach(it -> places.add(RuntimeDirectories.path(it.name())));
    SocketDirectory.of(app).ifPresent(it -> places.add(SocketDirectory.of(it.app())));
    if (!places.isEmpty() && !app.run().environment().containsKey(VARIABLE)) {
      draft.service(
          "Environment",
          EscapedText.variable(VARIABLE, String.join(":", places)),
          app.run().runtimeDirectories().isEmpty() ? SocketLines.SERVES : BECAUSE);
    }
  }

  private static void directories(Draft draft, AppSpec app, RuntimeMount mount) {
    EscapedText unit = EscapedText.device(mount.unit());
    draft.unit("Requires", unit, BECAUSE);
    draft.unit("After", unit, BECAUSE);
    List<String> names = app.run().runtimeDirectories().stream().map(Named::name).toList();
    draft.service(
        "RuntimeDirectory",
        EscapedText.words(names.stream().map(it -> RuntimeMount.below(app.name(), it)).toList()),
        BECAUSE);
    draft.service("RuntimeDirectoryMode", EscapedText.words("0700"), BECAUSE);
    for (String name : names) {
      String path = RuntimeDirectories.path(name);
      draft.service(
          "BindPaths", EscapedText.bind(RuntimeMount.of(app.name(), name), path), BECAUSE);
      draft.service("NoExecPaths", EscapedText.paths(List.of(path)), BECAUSE);
    }
  }
}
