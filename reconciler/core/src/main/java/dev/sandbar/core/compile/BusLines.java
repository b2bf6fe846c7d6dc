package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.List;

/**
 * The system bus of an app: the directory with the socket of its filter, and nothing else of it.
 */
final class BusLines {

  private static final String VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS";

  private static final List<Permission> PERMISSIONS =
      List.of(Permission.DBUS, Permission.BLUETOOTH);

  private BusLines() {}

  /** The permissions that give the app a filter. */
  static List<String> because(AppSpec app) {
    return PERMISSIONS.stream()
        .filter(it -> SocketLines.isNamed(app, it))
        .map(Permission::key)
        .toList();
  }

  static void check(
      AppSpec app, boolean inNetworkOfDevice, DeviceFacts facts, Complaints complaints) {
    for (Permission permission : PERMISSIONS) {
      app.permissions()
          .get(permission)
          .filter(request -> !(request.value() instanceof Value.Withheld))
          .ifPresent(
              request -> {
                String what = "permissions." + permission.key();
                if (!facts.has(Feature.BUS_PROXY)) {
                  complaints.error(
                      Problem.CANNOT_ENFORCE,
                      request.at(),
                      what + ": this device lacks " + Feature.BUS_PROXY.title(),
                      Enforceability.help(Feature.BUS_PROXY));
                }
                if (inNetworkOfDevice && !SocketLines.isNamed(app, Permission.UNIX_SOCKETS)) {
                  complaints.error(
                      Problem.CONFLICT, request.at(), what + SocketLines.OPENS, SocketLines.CLOSE);
                }
                names(request, facts, complaints);
              });
    }
  }

  private static void names(Request request, DeviceFacts facts, Complaints complaints) {
    if (!(request.value() instanceof Value.BusNames(_, var own))) {
      return;
    }
    owned(request, own, facts, complaints);
  }

  private static void owned(
      Request request, List<BusName> own, DeviceFacts facts, Complaints complaints) {
    if (!own.isEmpty() && facts.has(Feature.BUS_PROXY) && !facts.has(Feature.BUS_NAMES)) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          request.at(),
          "permissions.dbus.own: this device lacks " + Feature.BUS_NAMES.title(),
          Enforceability.help(Feature.BUS_NAMES));
    }
    for (BusName name : own) {
      if (facts.services().have(name)) {
        complaints.error(
            Problem.CONFLICT,
            request.at(),
            "permissions.dbus.own: %s belongs to a service of this device, so no app takes its place"
                .formatted(name),
            "own another name, or remove the package of that service, which has files in"
                + " dbus-1/system.d or dbus-1/system-services");
      }
      facts
          .services()
          .below(name)
          .ifPresent(
              below ->
                  complaints.error(
                      Problem.CONFLICT,
                      request.at(),
                      "permissions.dbus.own: %s is above names of this device's services, such as %s: the bus would let it have those too"
                          .formatted(name, below),
                      "own a name of the app's own, such as one that begins with a domain of yours"
                          + " turned around"));
    }
  }

  static void write(Draft draft, AppSpec app) {
    BusProxy.of(app).ifPresent(proxy -> write(draft, app, proxy));
  }

  private static void write(Draft draft, AppSpec app, BusProxy proxy) {
    String because = String.join(", ", because(app));
    EscapedText unit = EscapedText.device(proxy.unit());
    draft.unit("Requires", unit, because);
    draft.unit("After", unit, because);
    draft.service("User", EscapedText.words(proxy.user()), because);
    draft.service(
        "BindReadOnlyPaths", EscapedText.bind(proxy.directory(), BusProxy.PLACE), because);
    draft.service("NoExecPaths", EscapedText.paths(List.of(BusProxy.PLACE)), because);
    if (!app.run().environment().containsKey(VARIABLE)) {
      // What libraries try otherwise begins with /var/run, which an image need not have.
      draft.service(
          "Environment",
          EscapedText.variable(VARIABLE, "unix:path=" + BusProxy.PLACE + "/" + BusProxy.SOCKET),
          because);
    }
  }
}
