package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.ModuleName;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The modules of the device's kernel that an app needs. The unit of the app starts systemd's own
 * service for each of them before it, so they are loaded at boot without the agent; the agent
 * starts the same service when one is missing.
 *
 * @param names one or more
 */
public record NeededModules(SortedSet<ModuleName> names) {

  /** What the unit of an app says, so that it is known what to look for. */
  public static final String VARIABLE = "SANDBAR_KERNEL_MODULES";

  /** What is said of a module that the kernel has. */
  public static final String LOADED = "loaded";

  private static final String BECAUSE = Permission.KERNEL_MODULES.key();

  public NeededModules {
    names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
  }

  /** What an app needs; empty if nothing. */
  public static Optional<NeededModules> of(AppSpec app) {
    return app.permissions()
        .get(Permission.KERNEL_MODULES)
        .filter(_ -> !app.run().adopts())
        .flatMap(
            request ->
                request.value() instanceof Value.Modules(var names)
                    ? Optional.of(new NeededModules(new TreeSet<>(names)))
                    : Optional.empty());
  }

  /** The service that loads one. */
  public static UnitName loader(ModuleName name) {
    return new UnitName("modprobe@" + name + ".service");
  }

  /** Wants=, not Requires=: an app runs with what its kernel has, and the agent reports it. */
  static void write(Draft draft, AppSpec app) {
    of(app)
        .ifPresent(
            needed -> {
              for (ModuleName name : needed.names()) {
                EscapedText loader = EscapedText.device(loader(name));
                draft.unit("Wants", loader, BECAUSE);
                draft.unit("After", loader, BECAUSE);
              }
              draft.service(
                  "Environment", EscapedText.variable(VARIABLE, needed.toString()), BECAUSE);
            });
  }

  /** With blanks between. */
  @Override
  public String toString() {
    return names.stream().map(ModuleName::value).collect(Collectors.joining(" "));
  }
}
