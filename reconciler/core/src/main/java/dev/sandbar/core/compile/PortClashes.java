package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.PortRange;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Apps that listen on one port of one device. A warning only: each may bind another address of its
 * own, or one of them may run elsewhere for a reason that is not seen here.
 */
public final class PortClashes {

  private PortClashes() {}

  private record Claim(AppSpec app, PortRange ports, Location at) {}

  /** A warning for each app that asks for a port which an earlier one has. */
  public static List<Diagnostic> find(Collection<AppSpec> apps) {
    // By network namespace; empty for the device's own.
    var claims = new HashMap<String, List<Claim>>();
    var found = new ArrayList<Diagnostic>();
    for (AppSpec app : apps) {
      Request request = app.permissions().get(Permission.PORTS).orElse(null);
      if (request == null || !(request.value() instanceof Value.Ports(var ports))) {
        continue;
      }
      for (Port port : ports) {
        PortRange range = port.range();
        if (range.isAny()) {
          continue; // The kernel picks one that is free.
        }
        List<Claim> earlier = claims.computeIfAbsent(namespace(app, port), _ -> new ArrayList<>());
        earlier.stream()
            .filter(claim -> claim.ports().overlaps(range))
            .filter(claim -> !claim.app().name().equals(app.name()) && meet(claim.app(), app))
            .findFirst()
            .ifPresent(claim -> found.add(clash(app, request.at(), range, claim)));
        earlier.add(new Claim(app, range, request.at()));
      }
    }
    return found;
  }

  /** What systemd opens is always of the network of the device. */
  private static String namespace(AppSpec app, Port port) {
    if (port.via() == Port.Via.SOCKET) {
      return "";
    }
    return app.permissions()
        .get(Permission.NETWORK_NAMESPACE)
        .map(Request::value)
        .filter(Value.Namespace.class::isInstance)
        .map(value -> ((Value.Namespace) value).name())
        .orElse("");
  }

  /** Whether one device can be selected by both, as far as their labels say. */
  private static boolean meet(AppSpec one, AppSpec other) {
    Map<String, String> labels = other.devices().matchLabels();
    return one.devices().matchLabels().entrySet().stream()
        .allMatch(e -> labels.getOrDefault(e.getKey(), e.getValue()).equals(e.getValue()));
  }

  private static Diagnostic clash(AppSpec app, Location at, PortRange ports, Claim earlier) {
    return Diagnostic.warning(
        Problem.CONFLICT,
        at,
        "permissions.ports: app '%s' listens on port %s, as app '%s' does on %s (%s)"
            .formatted(
                app.name(),
                ports.shown(),
                earlier.app().name(),
                earlier.ports().shown(),
                earlier.at()),
        "give one of them another port, or select other devices");
  }
}
