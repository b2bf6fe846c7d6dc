package dev.sandbar.schema;

import dev.sandbar.core.model.Sources;
import java.util.Map;
import java.util.stream.Stream;

/** What an object may say of who connects to ports, and of ports in {@code internetTo}. */
final class FirewallRules {

  private static final String OWN = "(has(object.spec.network) && object.spec.network == 'Own')";
  private static final String INSTEAD = ": add network: Own, or remove it";

  private FirewallRules() {}

  static void add(Map<String, String> rules) {
    GivenSocketRules.add(rules);
    rules.put(
        "fromShape",
        "variables.ports.filter(i, has(i.from) && !(type(i.from) == string && i.from in %s) && !(type(i.from) == list && i.from.size() > 0 && i.from.all(p, type(p) == string && (isIP(p) || isCIDR(p))))).map(i, 'permissions.ports: from of port ' + string(i.port) + %s)"
            .formatted(
                Cel.list(Stream.of(Sources.Place.values()).map(Sources.Place::word).toList()),
                Cel.text(
                    " is neither a word nor a list of prefixes: write Anywhere, LocalNetwork,"
                        + " ThisDevice or for example [192.168.1.0/24]")));
    rules.put(
        "fromOfAnyPort",
        "variables.ports.filter(i, has(i.from) && i.port == 0).map(i, %s)"
            .formatted(
                Cel.text(
                    "permissions.ports: from is of a port that the kernel picks, which nobody knows"
                        + " to connect to: remove from, or write the numbers of the ports")));
    from(
        rules,
        "fromBeyondReach",
        "(i.from == 'LocalNetwork' && !variables.hasLocalNetwork) || (i.from == 'Anywhere' &&"
            + " !(variables.hasLocalNetwork && variables.hasInternet &&"
            + " variables.internetTo.size() == 0))",
        " names addresses that the app may not reach, and who may not be reached cannot connect:"
            + " grant localNetwork: true, and for Anywhere internet: true without internetTo, or"
            + " remove from");
    from(
        rules,
        "fromInSharedNetwork",
        "!%s && (i.from == 'ThisDevice' || (i.from == 'LocalNetwork' && variables.hasInternet))"
            .formatted(OWN),
        " cannot be enforced in the network of the device: the IP filter has no direction, so whom"
            + " the app may reach can connect"
            + INSTEAD);
    rules.put(
        "destinationPortsFields",
        "variables.internetTo.filter(i, has(i.ports) && i.ports.exists(p, p.exists(k, !(k in ['port', 'endPort', 'protocol'])))).map(i, %s)"
            .formatted(
                Cel.text(
                    "unknown field in permissions.internetTo.ports: known here: port, endPort,"
                        + " protocol")));
    rules.put(
        "destinationEndPorts",
        "variables.internetTo.filter(i, has(i.ports) && i.ports.exists(p, has(p.endPort) && p.endPort < p.port)).map(i, %s)"
            .formatted(
                Cel.text(
                    "permissions.internetTo: an endPort is below its port: write a number from port"
                        + " to 65535")));
    rules.put(
        "destinationPortsInSharedNetwork",
        "variables.internetTo.exists(i, has(i.ports)) && !%s ? [%s] : []"
            .formatted(
                OWN,
                Cel.text(
                    "permissions.internetTo: ports cannot be enforced in the network of the device,"
                        + " where the kernel filters addresses"
                        + INSTEAD)));
    // Of a list, by its first: they are all the same, or one differs from it.
    String hosts = "variables.internetTo.filter(i, has(i.host))";
    String ports = "(has(%s.ports) ? %s.ports : [])";
    String first = ports.formatted(hosts + "[0]", hosts + "[0]");
    String other = ports.formatted("h", "h");
    rules.put(
        "hostsOfDifferentPorts",
        "%s.exists(h, !%s || !%s) ? [%s] : []"
            .formatted(
                hosts,
                within(other, first),
                within(first, other),
                Cel.text(
                    "permissions: the hosts of internetTo have different ports, and the rules on"
                        + " ports do not know which address is whose: give all hosts the same"
                        + " ports, or name prefixes by cidr")));
  }

  private static String within(String some, String all) {
    String last = "(has(%1$s.endPort) ? %1$s.endPort : %1$s.port)";
    String protocol = "(has(%1$s.protocol) ? %1$s.protocol : 'TCP')";
    return "%s.all(a, %s.exists(b, a.port == b.port && %s == %s && %s == %s))"
        .formatted(
            some,
            all,
            last.formatted("a"),
            last.formatted("b"),
            protocol.formatted("a"),
            protocol.formatted("b"));
  }

  private static void from(Map<String, String> rules, String name, String wrong, String why) {
    rules.put(
        name,
        "variables.ports.filter(i, has(i.from) && type(i.from) == string && !(has(i.via) && i.via == 'Socket') && (%s)).map(i, 'permissions.ports: from ' + i.from + ' of port ' + string(i.port) + %s)"
            .formatted(wrong, Cel.text(why)));
  }
}
