package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Named;
import dev.sandbar.core.model.AppSpec.SystemCalls;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The mode of a spec that confines a service of the device. The service has everything that nothing
 * takes from it, so in both modes it is what is withheld that counts: in closed mode that is every
 * permission that the spec does not name, and the system calls that only root has a use for.
 *
 * @param closed whether what is not named is withheld
 * @param at of what is withheld without a name
 */
record AdoptedMode(boolean closed, Location at) {

  /**
   * Groups of system calls that no app in closed mode has, with the permission that opens calls of
   * one. The others of these take a service the way to its own user and files.
   */
  private static final Map<String, Optional<Permission>> GROUPS = groups();

  private static Map<String, Optional<Permission>> groups() {
    var groups = new LinkedHashMap<String, Optional<Permission>>();
    groups.put("@clock", Optional.empty());
    groups.put("@cpu-emulation", Optional.empty());
    groups.put("@debug", Optional.of(Permission.DEBUG));
    groups.put("@keyring", Optional.of(Permission.KEYRING));
    groups.put("@memlock", Optional.of(Permission.LOCK_MEMORY));
    groups.put("@module", Optional.empty());
    groups.put("@mount", Optional.of(Permission.NESTED_SANDBOX));
    groups.put("@obsolete", Optional.empty());
    groups.put("@raw-io", Optional.empty());
    groups.put("@reboot", Optional.empty());
    groups.put("@swap", Optional.empty());
    return groups;
  }

  /** Of a spec with {@code run.unit}; empty of any other. */
  static Optional<AdoptedMode> of(Map<String, Node> spec, Mode declared) {
    return Optional.ofNullable(spec.get("run"))
        .flatMap(run -> Optional.ofNullable(run.fields().get("unit")))
        // Anything else is refused, and must open nothing meanwhile.
        .filter(
            unit -> unit instanceof Node.Scalar(_, _, var text) && AdoptionRules.isAdoptable(text))
        .map(unit -> new AdoptedMode(declared == Mode.CLOSED, unit.at()));
  }

  /** Whether a spec can both grant it to a service, by leaving it, and withhold it. */
  private static boolean isEither(Permission permission) {
    return permission.canBeWithheldInOpenMode()
        && switch (permission.shape()) {
          case TOGGLE, PORTS, DEVICES -> true;
          // The directories of a service are its own in any mode.
          case DIRECTORY,
              DESTINATIONS,
              NAMESPACE,
              VOLUMES,
              APPS,
              BUS_NAMES,
              SETTINGS,
              MODULES,
              UNITS ->
              false;
        };
  }

  /** Those of the spec, and what they withhold. */
  Permissions permissions(Permissions named) {
    if (!closed) {
      return named;
    }
    var withheld = new LinkedHashMap<Permission, Request>();
    for (Permission permission : Permission.values()) {
      if (isEither(permission) && named.get(permission).isEmpty()) {
        withheld.put(permission, new Request(new Value.Withheld(), at));
      }
    }
    return named.with(withheld);
  }

  /** Those of the spec, and what is denied with them. */
  SystemCalls calls(SystemCalls spelled, Permissions named) {
    if (!closed) {
      return spelled;
    }
    var denied = new ArrayList<>(spelled.deny());
    GROUPS.forEach(
        (group, opener) -> {
          boolean opened =
              opener
                  .flatMap(named::get)
                  .filter(it -> !(it.value() instanceof Value.Withheld))
                  .isPresent();
          if (!opened && denied.stream().noneMatch(it -> it.name().equals(group))) {
            denied.add(new Named(group, at));
          }
        });
    return new SystemCalls(spelled.allow(), denied);
  }
}
