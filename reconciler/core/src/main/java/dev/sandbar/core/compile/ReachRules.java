package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.Sources;
import dev.sandbar.core.model.Sources.Place;
import java.util.List;

/** Whether what {@code from} and the ports of {@code internetTo} say can be enforced. */
final class ReachRules {

  /**
   * With any of these an app could change the rules of its network namespace, send packets past
   * them, or enter another one (capabilities(7)).
   */
  private static final List<String> AROUND =
      List.of("CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN");

  private ReachRules() {}

  /**
   * @param sandbox what permissions open, narrowed by directives
   * @param opened the same with what {@code raw} opens
   */
  static void check(AppSpec app, Sandbox sandbox, Sandbox opened, Complaints complaints) {
    Location at = app.permissions().get(Permission.PORTS).map(Request::at).orElse(app.at());
    for (Port port : AppFirewall.ports(app)) {
      if (!port.from().isReached()) {
        reached(app, port, at, sandbox.network().addresses(), complaints);
        if (app.network() == Network.SHARED) {
          shared(app, port, at, opened.network().addresses(), complaints);
        }
      }
    }
    if (app.network() == Network.OWN && AppFirewall.isNeeded(app)) {
      AROUND.stream()
          .filter(opened.kernel().capabilities()::contains)
          .findFirst()
          .ifPresent(
              capability ->
                  complaints.error(
                      Problem.CANNOT_ENFORCE,
                      app.at(),
                      "permissions: from in ports and ports in internetTo are held by rules that an app with %s can go around"
                          .formatted(named(app, capability)),
                      "remove " + named(app, capability) + ", or from and ports"));
    }
    if (app.network() == Network.OWN && !HostAddresses.names(app.permissions()).isEmpty()) {
      app.permissions()
          .get(Permission.RAW_NETWORK)
          .filter(request -> request.value() instanceof Value.Granted)
          .ifPresent(
              request ->
                  complaints.error(
                      Problem.CANNOT_ENFORCE,
                      request.at(),
                      "permissions: rawNetwork is held by rules that are loaded at the start, and the"
                          + " addresses of the hosts of internetTo change while the app runs",
                      "name prefixes by cidr, or remove rawNetwork"));
    }
  }

  /** What people can remove. */
  private static String named(AppSpec app, String capability) {
    return app.permissions().get(Permission.RAW_NETWORK).isPresent()
        ? Permission.RAW_NETWORK.key()
        : capability;
  }

  /** The IP filter refuses whom the app may not reach. */
  private static void reached(
      AppSpec app, Port port, Location at, AddressSet addresses, Complaints complaints) {
    if (!port.from().is(Place.THIS_DEVICE)
        && !addresses.includes(AppFirewall.sources(port.from()))) {
      complaints.error(
          Problem.CONFLICT,
          at,
          "permissions.ports: from %s of %s names addresses that the app may not reach, and who may not be reached cannot connect"
              .formatted(port.from(), port.range().shown()),
          switch (port.from()) {
            case Sources.Reached() -> "remove from";
            case Sources.Prefixes _ ->
                "name prefixes that internet, internetTo or localNetwork opens, or remove from";
            case Sources.Named(var place) ->
                switch (place) {
                  case ANYWHERE ->
                      "grant internet: true and localNetwork: true without internetTo, or remove"
                          + " from";
                  case LOCAL_NETWORK -> "grant localNetwork: true, or remove from";
                  case THIS_DEVICE -> "remove from";
                };
          });
    }
  }

  /** The IP filter has no direction: who is reached can connect to every port. */
  private static void shared(
      AppSpec app, Port port, Location at, AddressSet addresses, Complaints complaints) {
    boolean held =
        port.from().is(Place.ANYWHERE)
            || (!port.from().is(Place.THIS_DEVICE)
                && AppFirewall.sources(port.from()).includes(addresses));
    if (!held) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          at,
          "permissions.ports: from %s of %s cannot be enforced in the network of the device: the IP filter has no direction, so whom the app may reach can connect"
              .formatted(port.from(), port.range().shown()),
          app.run().adopts() || app.mode() != AppSpec.Mode.CLOSED
              ? "remove from"
              : "add network: Own, or remove from");
    }
  }
}
