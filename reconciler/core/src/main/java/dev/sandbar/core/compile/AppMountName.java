package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import java.util.Optional;

/**
 * How a mount unit of one app is called: after where it mounts, as systemd wants it
 * (systemd-escape(1)).
 *
 * @param folder the name of a folder in {@code /run}, with a directory for each app
 */
record AppMountName(String folder) {

  private static final String SUFFIX = ".mount";
  private static final String HYPHEN = "\\x2d";

  /** The unit that mounts the folder itself. */
  UnitName parent() {
    return new UnitName("run-" + escaped(folder) + SUFFIX);
  }

  UnitName unit(AppName app) {
    return new UnitName(prefix() + escaped(app.value()) + SUFFIX);
  }

  /** The app whose it is; empty if it is none. */
  Optional<AppName> app(UnitName unit) {
    String name = unit.value();
    if (!name.startsWith(prefix()) || !name.endsWith(SUFFIX)) {
      return Optional.empty();
    }
    String app =
        name.substring(prefix().length(), name.length() - SUFFIX.length()).replace(HYPHEN, "-");
    return AppName.isValid(app)
        ? Optional.of(new AppName(app)).filter(it -> unit(it).equals(unit))
        : Optional.empty();
  }

  /** Whether a file of this name is one of Sandbar's. */
  boolean isOwn(String file) {
    return UnitName.isValid(file) && app(new UnitName(file)).isPresent();
  }

  private String prefix() {
    return "run-" + escaped(folder) + "-";
  }

  private static String escaped(String name) {
    return name.replace("-", HYPHEN);
  }
}
