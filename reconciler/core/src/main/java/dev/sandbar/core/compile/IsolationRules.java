package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/** What an app in closed mode has only where nobody else is in its network. */
public final class IsolationRules {

  private static final Map<Permission, String> ALONE =
      new EnumMap<>(
          Map.of(
              Permission.ASYNC_IO,
              "asyncIO goes past the filter on sockets, and needs a network of the app's own",
              Permission.RAW_NETWORK,
              "rawNetwork goes past the filter on addresses, and needs a network of the app's own"));

  private IsolationRules() {}

  /** Each such permission, with what is wrong where it is granted in a network of others. */
  public static SequencedMap<Permission, String> alone() {
    return Collections.unmodifiableSequencedMap(new TreeMap<>(ALONE));
  }

  /** What to write instead. */
  public static String help(Permission permission) {
    return "add network: Own, or remove " + permission.key();
  }

  /** Permissions that are granted by true and put an app into the network of the device. */
  public static List<Permission> ofTheDevice() {
    return PermissionCatalog.all().values().stream()
        .filter(entry -> entry.grants().network().host())
        .map(PermissionCatalog.Entry::permission)
        .toList();
  }

  /**
   * @param permitted what the permissions come to
   * @param sandbox the same, narrowed by directives
   */
  static void check(AppSpec app, Sandbox permitted, Sandbox sandbox, Complaints complaints) {
    boolean shared = permitted.network().host() || !sandbox.network().joined().isNone();
    if (app.mode() != Mode.CLOSED || app.network() != Network.SHARED || !shared) {
      return;
    }
    alone()
        .forEach(
            (permission, wrong) ->
                app.permissions()
                    .get(permission)
                    .filter(request -> !(request.value() instanceof Value.Withheld))
                    .ifPresent(
                        request ->
                            complaints.error(
                                Problem.CONFLICT,
                                request.at(),
                                "permissions: " + wrong,
                                help(permission))));
  }
}
