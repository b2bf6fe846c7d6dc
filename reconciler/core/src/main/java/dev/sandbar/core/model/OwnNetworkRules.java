package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.Permissions.Value;
import java.util.ArrayList;
import java.util.List;

/** What a spec may say beside {@code network: Own}. */
final class OwnNetworkRules {

  /** The directives of systemd.exec(5) that say in which network namespace a unit is. */
  private static final List<String> NAMESPACE = List.of("PrivateNetwork", "NetworkNamespacePath");

  private OwnNetworkRules() {}

  /**
   * What is wrong with the spec; nothing of one that shares the network of the device.
   *
   * @param at location of {@code network}
   */
  static List<Diagnostic> check(AppSpec app, Location at) {
    if (app.network() == Network.SHARED) {
      return List.of();
    }
    var wrong = new ArrayList<Diagnostic>();
    if (app.run().adopts()) {
      wrong.add(
          conflict(
              at,
              "network: Own is for a program of the app's own, and run.unit keeps the network of the"
                  + " service",
              "remove network"));
    } else if (app.mode() != Mode.CLOSED) {
      wrong.add(
          conflict(
              at,
              "network: Own leads nowhere but where permissions say, which mode: Open leaves open",
              "remove mode: Open, or remove network"));
    }
    boolean given =
        app.permissions().get(Permission.PORTS).stream()
            .anyMatch(
                it -> it.value() instanceof Value.Ports(var ports) && SocketPortRules.any(ports));
    if (given) {
      wrong.add(
          conflict(
              at,
              "network: Own and via: Socket in permissions.ports: the socket is of the network of the"
                  + " device",
              "remove via, which opens the port in the network of the app, or remove network"));
    }
    boolean joins =
        app.permissions()
            .get(Permission.NETWORK_NAMESPACE)
            .filter(request -> !(request.value() instanceof Value.Withheld))
            .isPresent();
    if (joins) {
      wrong.add(
          conflict(
              at,
              "network: Own and permissions.networkNamespace name two networks",
              "remove one of them"));
    }
    if (isInImage(app) && app.run().lifecycle().all().findAny().isPresent()) {
      wrong.add(
          conflict(
              at,
              "network: Own has the commands of the unit run outside of the image, and preStart,"
                  + " postStart, reload, preStop and postStop of run are for programs in it",
              "do in the program what they do, or remove network"));
    }
    for (AppSpec.RawDirective directive : app.directives()) {
      if (NAMESPACE.contains(directive.name())) {
        wrong.add(
            conflict(
                directive.at(),
                "directives.%s and network: Own set one thing".formatted(directive.name()),
                "remove one of them"));
      }
    }
    return wrong;
  }

  /** What only a network of its own holds, of a spec that shares that of the device. */
  static List<Diagnostic> shared(AppSpec app) {
    if (app.network() != Network.SHARED) {
      return List.of();
    }
    return app.permissions().get(Permission.INTERNET_TO).stream()
        .filter(
            request ->
                request.value() instanceof Value.Destinations(var all)
                    && all.stream().anyMatch(it -> !it.ports().isEmpty()))
        .map(
            request ->
                Diagnostic.error(
                    Problem.CANNOT_ENFORCE,
                    request.at(),
                    "permissions.internetTo: ports cannot be enforced in the network of the device,"
                        + " where the kernel filters addresses",
                    app.run().adopts() || app.mode() != Mode.CLOSED
                        ? "remove ports"
                        : "add network: Own, or remove ports"))
        .toList();
  }

  private static boolean isInImage(AppSpec app) {
    return app.root() instanceof AppSpec.Root.Image
        || app.directives().stream().anyMatch(it -> it.name().equals("RootImage"));
  }

  private static Diagnostic conflict(Location at, String what, String help) {
    return Diagnostic.error(Problem.CONFLICT, at, what, help);
  }
}
