package dev.sandbar.core.denial;

import dev.sandbar.core.model.AliasSetting;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import java.util.Optional;

/**
 * A permission that is missing.
 *
 * @param value after the equals sign of its alias
 * @param line in YAML
 */
record Wish(Permission permission, String value, String line) {

  /** One that is granted by {@code true}. */
  static Wish of(Permission permission) {
    return new Wish(permission, "yes", permission.key() + ": true");
  }

  /** One of no value in particular, shown by its example. */
  static Wish like(Permission permission) {
    String example = permission.example();
    return new Wish(permission, "", example);
  }

  /** As something that can be declared; empty where no app can have it, as with /dev/mem. */
  Optional<Remedy> remedy(DevicePolicy policy) {
    boolean possible =
        value.isEmpty()
            || AliasSetting.parse(permission.alias() + "=" + value, Location.NOWHERE)
                instanceof AliasSetting.Accepted;
    return possible
        ? Optional.of(
            new Remedy(
                permission, line, permission.level(), policy.objection(permission).orElse("")))
        : Optional.empty();
  }
}
