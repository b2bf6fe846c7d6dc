package dev.sandbar.core.catalog;

import dev.sandbar.core.model.AppSandbox.Mode;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The permissions of one spec as one point: where its mode begins, lowered by what is withheld by
 * name, joined with what is granted by name.
 *
 * @param sandbox the point
 * @param grants what each permission opened
 * @param ceilings what each permission closed; only in open mode
 */
public record Resolution(
    Sandbox sandbox, Map<Permission, Sandbox> grants, Map<Permission, Sandbox> ceilings) {

  public Resolution {
    grants = Collections.unmodifiableMap(new EnumMap<>(grants));
    ceilings = Collections.unmodifiableMap(new EnumMap<>(ceilings));
  }

  /** Resolves permissions that fit together ({@code PermissionRules}). */
  public static Resolution of(Mode mode, Permissions permissions) {
    var grants = new EnumMap<Permission, Sandbox>(Permission.class);
    var ceilings = new EnumMap<Permission, Sandbox>(Permission.class);
    permissions
        .requests()
        .forEach(
            (permission, request) -> {
              grants.put(permission, PermissionCatalog.grant(permission, request.value()));
              ceilings.put(permission, ceiling(permission, request.value()));
            });
    if (permissions.get(Permission.INTERNET_TO).isPresent()) {
      // internetTo stands in the place of internet; both together would be the wider one.
      grants.remove(Permission.INTERNET);
    }
    if (mode == Mode.CLOSED) {
      ceilings.clear();
    }
    Sandbox point = mode == Mode.CLOSED ? Sandbox.CLOSED : Sandbox.OPEN;
    for (Sandbox ceiling : ceilings.values()) {
      point = point.meet(ceiling);
    }
    for (Sandbox grant : grants.values()) {
      point = point.join(grant);
    }
    return new Resolution(point, grants, ceilings);
  }

  private static Sandbox ceiling(Permission permission, Value value) {
    return switch (value) {
      case Value.Withheld() -> PermissionCatalog.entry(permission).closes();
      case Value.Destinations(_) -> Ceiling.onlyAddresses(AddressSpace.PUBLIC.complement());
      case Value.Granted(),
          Value.Ports(_),
          Value.Devices(_),
          Value.Volumes(_),
          Value.Namespace(_) ->
          Sandbox.TOP;
    };
  }

  /**
   * The keys of the permissions that moved the sandbox on one dimension, for the reason of a line;
   * {@code default} if none did.
   */
  public String because(Predicate<Sandbox> opened, Predicate<Sandbox> closed) {
    List<String> keys = new ArrayList<>();
    for (Permission permission : Permission.values()) {
      Sandbox grant = grants.getOrDefault(permission, Sandbox.CLOSED);
      Sandbox ceiling = ceilings.getOrDefault(permission, Sandbox.TOP);
      if (opened.test(grant) || closed.test(ceiling)) {
        keys.add(permission.key());
      }
    }
    return keys.isEmpty() ? "default" : String.join(", ", keys);
  }
}
