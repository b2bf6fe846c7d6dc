package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
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

  /**
   * One port as the kernel tells them apart.
   *
   * @param namespace of the network; empty for the device's own
   */
  private record Place(String namespace, Port.Protocol protocol, int number) {}

  private record Claim(AppSpec app, Location at) {}

  /** A warning for each app that asks for a port which an earlier one has. */
  public static List<Diagnostic> find(Collection<AppSpec> apps) {
    var claims = new HashMap<Place, List<Claim>>();
    var found = new ArrayList<Diagnostic>();
    for (AppSpec app : apps) {
      Request request = app.permissions().get(Permission.PORTS).orElse(null);
      if (request == null || !(request.value() instanceof Value.Ports(var ports))) {
        continue;
      }
      for (Port port : ports) {
        var place = new Place(namespace(app), port.protocol(), port.number());
        List<Claim> earlier = claims.computeIfAbsent(place, _ -> new ArrayList<>());
        earlier.stream()
            .filter(claim -> !claim.app().name().equals(app.name()) && meet(claim.app(), app))
            .findFirst()
            .ifPresent(claim -> found.add(clash(app, request.at(), port, claim)));
        earlier.add(new Claim(app, request.at()));
      }
    }
    return found;
  }

  private static String namespace(AppSpec app) {
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

  private static Diagnostic clash(AppSpec app, Location at, Port port, Claim earlier) {
    return Diagnostic.warning(
        Problem.CONFLICT,
        at,
        "permissions.ports: app '%s' listens on %s port %d, as app '%s' does (%s)"
            .formatted(
                app.name(),
                port.protocol().name().toLowerCase(java.util.Locale.ROOT),
                port.number(),
                earlier.app().name(),
                earlier.at()),
        "give one of them another port, or select other devices");
  }
}
