package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Value;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What an app must not see. The manager has no property to set it on a running unit, but it mounts
 * into one ({@code BindMountUnit}), so that a path can be hidden without a restart; one that is
 * hidden cannot be shown again.
 *
 * @param missing paths that the running app may see until they are hidden from it
 * @param nothingToShow whether no path is hidden from it that must not be
 */
public record HiddenPaths(SortedSet<String> missing, boolean nothingToShow) {

  /** The directive that names the paths. */
  public static final String DIRECTIVE = "InaccessiblePaths";

  private static final Value NO_PATHS = new Value.Names(new TreeSet<>());

  /** For a unit that runs no app. */
  static final HiddenPaths NONE = new HiddenPaths(new TreeSet<>(), false);

  /**
   * @param drift whether this version was applied before. Of another version the stamp shows
   *     whether more than the volumes of the device differs
   */
  static HiddenPaths of(
      CompiledApp desired, ObservedUnit observed, int systemdVersion, boolean drift) {
    SortedSet<String> declared = paths(desired.effective().getOrDefault(DIRECTIVE, NO_PATHS));
    SortedSet<String> loaded =
        paths(
            DirectiveTable.find(DIRECTIVE)
                .flatMap(d -> Canonical.of(d, observed.properties(), systemdVersion))
                .orElse(NO_PATHS));
    var missing = new TreeSet<>(declared);
    missing.removeAll(loaded);
    observed.processes().stream().limit(1).forEach(main -> missing.addAll(main.visible()));
    return new HiddenPaths(missing, !drift || declared.containsAll(loaded));
  }

  /** Without the signs that say what to do when there is no such path. */
  private static SortedSet<String> paths(Value value) {
    var paths = new TreeSet<String>();
    if (value instanceof Value.Names(var names)) {
      names.forEach(name -> paths.add(name.substring(name.indexOf('/'))));
    }
    return paths;
  }
}
