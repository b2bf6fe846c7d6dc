package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.List;

/**
 * Sockets between apps: a server has its directory mounted for writing, and a client those that let
 * it in, for reading, which is enough to connect.
 */
final class SocketLines {

  /**
   * The start of a client waits for the directories of servers that start with it, not for them.
   */
  static final String MADE = "sandbard-sockets.target";

  static final String SERVES = Permission.ACCEPT_FROM.key();

  private static final List<Permission> PERMISSIONS =
      List.of(Permission.TALK_TO, Permission.ACCEPT_FROM);

  /** What a Unix socket opens beside what it is for. */
  static final String OPENS =
      " in the network of the device opens the sockets too that its programs have there without a"
          + " file";

  static final String CLOSE =
      "write network: Own, or grant unixSockets: true as well if the app may reach those";

  private SocketLines() {}

  /** Whether the app offers sockets, or uses those of others. */
  static boolean any(AppSpec app) {
    return !SocketDirectory.servers(app).isEmpty() || SocketDirectory.of(app).isPresent();
  }

  /** The permissions that make the app a member of the group. */
  static List<String> because(AppSpec app) {
    return PERMISSIONS.stream().filter(it -> isGranted(app, it)).map(Permission::key).toList();
  }

  private static boolean isGranted(AppSpec app, Permission permission) {
    return app.permissions()
        .get(permission)
        .filter(request -> request.value() instanceof Value.Apps)
        .isPresent();
  }

  static void check(AppSpec app, Sandbox sandbox, DeviceFacts facts, Complaints complaints) {
    for (Permission permission : PERMISSIONS) {
      app.permissions()
          .get(permission)
          .filter(request -> request.value() instanceof Value.Apps)
          .ifPresent(request -> check(app, permission, request, sandbox, facts, complaints));
    }
    BusLines.check(app, inNetworkOfDevice(app, sandbox), facts, complaints);
    BrokerLines.check(app, inNetworkOfDevice(app, sandbox), facts, complaints);
  }

  private static void check(
      AppSpec app,
      Permission permission,
      Request request,
      Sandbox sandbox,
      DeviceFacts facts,
      Complaints complaints) {
    String what = "permissions." + permission.key();
    Location at = request.at();
    if (request.value() instanceof Value.Apps(var names) && names.contains(app.name())) {
      complaints.error(
          Problem.CONFLICT, at, what + " names the app itself", "remove " + app.name());
    }
    if (!facts.has(Feature.APP_SOCKETS)) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          at,
          what + ": this device lacks " + Feature.APP_SOCKETS.title(),
          Enforceability.help(Feature.APP_SOCKETS));
    }
    if (!inNetworkOfDevice(app, sandbox)) {
      return;
    }
    if (!isNamed(app, Permission.UNIX_SOCKETS)) {
      complaints.error(Problem.CONFLICT, at, what + OPENS, CLOSE);
    } else if (permission == Permission.ACCEPT_FROM && !isNamed(app, Permission.PORTS)) {
      complaints.error(
          Problem.CONFLICT,
          at,
          what
              + " lets the app listen, and in the network of the device on ports that the kernel"
              + " picks too",
          "write network: Own, or grant ports");
    }
  }

  /** Whether the spec grants it by name. */
  static boolean isNamed(AppSpec app, Permission permission) {
    return app.permissions()
        .get(permission)
        .filter(request -> !(request.value() instanceof Value.Withheld))
        .isPresent();
  }

  private static boolean inNetworkOfDevice(AppSpec app, Sandbox sandbox) {
    return app.network() == AppSpec.Network.SHARED
        && sandbox.network().host()
        && sandbox.network().joined().isNone();
  }

  static void write(Draft draft, AppSpec app) {
    SocketDirectory.of(app).ifPresent(directory -> server(draft, app, directory));
    String because = Permission.TALK_TO.key();
    for (AppName server : SocketDirectory.servers(app)) {
      String at = SocketDirectory.of(server);
      draft.unit("After", EscapedText.words(MADE), because);
      draft.service(
          "BindReadOnlyPaths",
          EscapedText.bind("-" + SocketDirectory.link(server, app.name()), at),
          because);
      draft.service("NoExecPaths", EscapedText.paths(List.of("-" + at)), because);
    }
  }

  private static void server(Draft draft, AppSpec app, SocketDirectory directory) {
    String because = SERVES;
    String at = SocketDirectory.of(app.name());
    EscapedText mount = EscapedText.device(new SocketMount(app.name()).unit());
    draft.unit("Requires", mount, because);
    draft.unit("After", mount, because);
    directory
        .files()
        .forEach(
            file -> {
              EscapedText loader = EscapedText.device(SocketDirectory.loader(file));
              draft.unit("Requires", loader, because);
              draft.unit("After", loader, because);
            });
    draft.service("BindPaths", EscapedText.paths(List.of(at)), because);
    draft.service("NoExecPaths", EscapedText.paths(List.of(at)), because);
  }
}
