package dev.sandbar.schema;

import dev.sandbar.core.model.SocketPortRules;
import java.util.Map;

/** What an object may say of ports that systemd opens for an app. */
final class GivenSocketRules {

  static final String GIVEN = "has(i.via) && i.via == 'Socket'";

  /** Whether the spec has any. */
  static final String ANY = "variables.ports.exists(i, " + GIVEN + ")";

  private GivenSocketRules() {}

  static void add(Map<String, String> rules) {
    spec(
        rules,
        "socketInOpenMode",
        "!variables.closed",
        "via: Socket is for apps in closed mode: one in open mode opens every port itself: use"
            + " mode: Closed, or remove via");
    spec(
        rules,
        "socketInOwnNetwork",
        "has(object.spec.network) && object.spec.network == 'Own'",
        "network: Own and via: Socket cannot be combined: the socket is of the network of the"
            + " device: remove via, which opens the port in the network of the app, or remove network");
    spec(
        rules,
        "socketAndDirect",
        "variables.ports.exists(i, !(%s))".formatted(GIVEN),
        "ports via Socket and Direct are in one app: write via: Socket for all ports, or for none");
    port(
        rules,
        "socketOfUDP",
        "has(i.protocol) && i.protocol == 'UDP'",
        "is UDP, and a socket of UDP sends to everybody: write protocol: TCP, or via: Direct");
    port(
        rules,
        "socketOfRange",
        "i.port == 0 || (has(i.endPort) && i.endPort != i.port)",
        "is not one port, and the app is given one socket for each: list each port by its number");
    port(
        rules,
        "socketFrom",
        "!has(i.from) || (type(i.from) == string && i.from != 'LocalNetwork')",
        "does not say who may connect, or is from whom the app could then connect to: write from:"
            + " LocalNetwork, or a list of prefixes");
    port(
        rules,
        "socketName",
        "has(i.name) && !" + Cel.matches("i.name", "^" + SocketPortRules.NAME + "$"),
        "has a name that the app cannot be given in LISTEN_FDNAMES: use up to 63 letters, digits,"
            + " dots, hyphens and underscores");
  }

  private static void spec(Map<String, String> rules, String name, String wrong, String why) {
    rules.put(
        name, "%s && %s ? [%s] : []".formatted(ANY, wrong, Cel.text("permissions.ports: " + why)));
  }

  private static void port(Map<String, String> rules, String name, String wrong, String why) {
    rules.put(
        name,
        "variables.ports.filter(i, %s && (%s)).map(i, 'permissions.ports: port ' + string(i.port) + %s)"
            .formatted(GIVEN, wrong, Cel.text(" via Socket " + why)));
  }
}
