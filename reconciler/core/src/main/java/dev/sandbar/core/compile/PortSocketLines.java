package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.List;

/**
 * Ports that systemd opens for an app. The sockets are of the network of the device whatever the
 * network of the app is, and neither its address families nor its IP filter hold them.
 */
final class PortSocketLines {

  private static final String FILTER = "SystemCallFilter";

  /** By them a socket gets another port; the filter of the app on ports is not the socket's. */
  private static final List<String> OPENING = List.of("bind", "listen", "io_uring_setup");

  private PortSocketLines() {}

  /**
   * @param sandbox what the app can do in the end
   */
  static void check(AppSpec app, Sandbox sandbox, DeviceFacts facts, Complaints complaints) {
    List<PortSocket> sockets = PortSocket.of(app);
    Location at = app.permissions().get(Permission.PORTS).map(Request::at).orElse(app.at());
    if (!sockets.isEmpty() && !facts.has(Feature.CGROUP_BPF_IP)) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          at,
          "permissions.ports: via: Socket: this device lacks " + Feature.CGROUP_BPF_IP.title(),
          Enforceability.help(Feature.CGROUP_BPF_IP));
    }
    if (!sockets.isEmpty() && app.run().adopts()) {
      complaints.error(
          Problem.CONFLICT,
          at,
          "permissions.ports: via: Socket gives an app something of its own, and run.unit only takes"
              + " from a service",
          "remove via");
    }
    if (!sockets.isEmpty() && OPENING.stream().anyMatch(sandbox.kernel().calls()::contains)) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          at,
          "permissions.ports: via: Socket beside a permission or a call by which the app binds sockets or listens: it could open other ports of the device by the socket that it is given",
          "remove what opens bind, listen or io_uring, such as acceptFrom and asyncIO, or write via: Direct");
    }
    for (Permission permission : List.of(Permission.INTERNET, Permission.LOCAL_NETWORK)) {
      app.permissions()
          .get(permission)
          .filter(request -> request.value() instanceof Value.Withheld)
          .filter(_ -> reaches(app, permission))
          .ifPresent(
              request ->
                  complaints.error(
                      Problem.CONFLICT,
                      request.at(),
                      "permissions.%s is withheld by name, and ports via Socket take clients from there, whom the app answers and can connect to"
                          .formatted(permission.key()),
                      "remove the line, or write from: without these addresses"));
    }
    for (PortSocket socket : sockets) {
      if (!socket.addresses().meet(AddressSpace.LOOPBACK).isEmpty()) {
        complaints.error(
            Problem.CANNOT_ENFORCE,
            at,
            "permissions.ports: from %s of %s via Socket holds addresses of the loopback interface, and the app could then connect to programs of the device by the socket that it is given"
                .formatted(socket.port().from(), socket.port().range().shown()),
            "write prefixes without 127.0.0.0/8 and ::1");
      }
    }
  }

  /** Whether a socket that the app is given reaches addresses of this permission. */
  static boolean reaches(AppSpec app, Permission permission) {
    AddressSet clients =
        PortSocket.of(app).stream()
            .map(PortSocket::addresses)
            .reduce(AddressSet.NONE, AddressSet::join);
    AddressSet opened =
        permission == Permission.INTERNET
            ? AddressSpace.PUBLIC
            : permission == Permission.LOCAL_NETWORK ? AddressSpace.LOCAL : AddressSet.NONE;
    return !clients.meet(opened).isEmpty();
  }

  static void write(Draft draft, AppSpec app, Sandbox sandbox) {
    String because = Permission.PORTS.key();
    for (PortSocket socket : PortSocket.of(app)) {
      EscapedText unit = EscapedText.device(socket.unit());
      draft.unit("Requires", unit, because);
      draft.unit("After", unit, because);
    }
    if (!PortSocket.of(app).isEmpty() && sandbox.network().families().isNone()) {
      // Whoever has no socket of another kind has nothing to connect, but for those of its ports.
      draft.service(FILTER, EscapedText.words("~connect"), because);
    }
  }
}
