package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Destination;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.PortRange;
import dev.sandbar.core.model.Sources;
import dev.sandbar.core.model.Sources.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Rules of nftables in the network namespace of an app: who may connect to a port, and which ports
 * of a destination the app may connect to. They hold what the IP filter of the unit cannot, which
 * knows addresses and neither ports nor a direction.
 *
 * <p>They are loaded before there is an interface, so what cannot load them has no network. No
 * firewall of the device touches them, and the app has no right to.
 */
final class AppFirewall {

  /** No rules: the IP filter holds all that the spec says. */
  static final AppFirewall NONE = new AppFirewall("", new TreeMap<>());

  /** Whom the app takes programs of the device and other apps for; nobody has the address. */
  static final String DEVICE = "240.0.0.1";

  private static final String PATH = "network/firewall.nft";

  /** More are noise. */
  private static final int MOST_NOTED = 64;

  private final String chains;
  private final TreeMap<String, RuleTable.Rules> counts;

  private AppFirewall(String chains, TreeMap<String, RuleTable.Rules> counts) {
    this.chains = chains;
    this.counts = counts;
  }

  /**
   * The rules of an app.
   *
   * @param open what it may reach on all ports, hosts apart
   * @param resolves whether it reaches name servers
   */
  static AppFirewall of(AppSpec app, AddressSet open, boolean resolves) {
    var text = new StringBuilder();
    var counts = new TreeMap<String, RuleTable.Rules>();
    List<Port> ports = ports(app);
    if (ports.stream().anyMatch(port -> narrows(port.from()))) {
      set(text, SharedRules.REFUSED_FROM);
      chain(text, counts, "input", input(ports));
    }
    List<Destination> destinations = destinations(app.permissions());
    if (namesPorts(app.permissions())) {
      set(text, SharedRules.REFUSED_TO);
      chain(text, counts, "output", output(destinations, open, resolves));
    }
    return counts.isEmpty() ? NONE : new AppFirewall(text.toString(), counts);
  }

  /** Whether it has rules. */
  boolean isNone() {
    return counts.isEmpty();
  }

  /** Whether an app with these permissions has some. */
  static boolean isNeeded(AppSpec app) {
    return ports(app).stream().anyMatch(port -> narrows(port.from()))
        || namesPorts(app.permissions());
  }

  /** The ports that the app opens itself. */
  static List<Port> ports(AppSpec app) {
    return asked(app).stream().filter(port -> port.via() == Port.Via.DIRECT).toList();
  }

  /** All ports that the app asks for. */
  static List<Port> asked(AppSpec app) {
    return app.permissions().get(Permission.PORTS).map(Request::value).stream()
        .flatMap(value -> value instanceof Value.Ports(var ports) ? ports.stream() : null)
        .toList();
  }

  /** The ports that programs and apps of the device reach, whatever the app may reach. */
  static List<PortRange> ofTheDevice(AppSpec app) {
    return ports(app).stream()
        .filter(port -> port.from().is(Place.THIS_DEVICE) || port.from().is(Place.ANYWHERE))
        .map(Port::range)
        .toList();
  }

  /** Whether any destination of {@code internetTo} names ports. */
  static boolean namesPorts(Permissions permissions) {
    return destinations(permissions).stream().anyMatch(it -> !it.ports().isEmpty());
  }

  /** These permissions, with only those destinations that are open on all ports, hosts apart. */
  static Permissions onAllPorts(Permissions permissions) {
    if (!namesPorts(permissions)) {
      return permissions;
    }
    Request request = permissions.get(Permission.INTERNET_TO).orElseThrow();
    List<Destination> open =
        destinations(permissions).stream()
            .filter(it -> it instanceof Destination.Prefix(_, var ports) && ports.isEmpty())
            .toList();
    return permissions.with(
        Map.of(Permission.INTERNET_TO, new Request(new Value.Destinations(open), request.at())));
  }

  private static List<Destination> destinations(Permissions permissions) {
    return permissions.get(Permission.INTERNET_TO).map(Request::value).stream()
        .flatMap(value -> value instanceof Value.Destinations(var all) ? all.stream() : null)
        .toList();
  }

  private static boolean narrows(Sources from) {
    return !from.isReached() && !from.is(Place.ANYWHERE);
  }

  /** The addresses of those who may connect; of the device's own none, which have no fixed ones. */
  static AddressSet sources(Sources from) {
    return switch (from) {
      case Sources.Reached() -> AddressSet.ALL;
      case Sources.Prefixes(var prefixes) -> AddressSet.of(prefixes);
      case Sources.Named(var place) ->
          switch (place) {
            case ANYWHERE -> AddressSpace.PUBLIC.join(AddressSpace.LOCAL);
            case LOCAL_NETWORK -> AddressSpace.LOCAL;
            case THIS_DEVICE -> AddressSet.of(DEVICE + "/32");
          };
    };
  }

  private static List<String> input(List<Port> ports) {
    var rules = new ArrayList<>(List.of("iifname \"lo\" accept", known()));
    // The app may not bind others; messages of the kernel need no port.
    rules.add("meta l4proto { icmp, igmp } accept");
    for (Port port : ports) {
      if (narrows(port.from())) {
        String from = set(sources(port.from()));
        if (!from.isEmpty()) {
          rules.add("ip saddr %s %s accept".formatted(from, to(port.range())));
        }
        rules.add(to(port.range()) + noted(SharedRules.REFUSED_FROM, "saddr"));
        rules.add(to(port.range()) + " reject");
      }
    }
    for (Port port : ports) {
      if (!narrows(port.from())) {
        rules.add(to(port.range()) + " accept");
      }
    }
    return rules;
  }

  /**
   * What a prefix with ports holds is decided by its entries alone. The addresses of hosts change
   * while the app runs, and the IP filter of the unit follows them; here they are whatever no
   * prefix holds, and all hosts have the same ports.
   */
  private static List<String> output(
      List<Destination> destinations, AddressSet open, boolean resolves) {
    var rules = new ArrayList<>(List.of("oifname \"lo\" accept", known()));
    if (resolves) {
      rules.add(
          "ip daddr %s meta l4proto { tcp, udp } th dport 53 accept".formatted(DeviceFacts.STUB));
    }
    String all = set(open);
    if (!all.isEmpty()) {
      rules.add("ip daddr %s accept".formatted(all));
    }
    AddressSet narrowed = AddressSet.NONE;
    for (Destination destination : destinations) {
      if (destination instanceof Destination.Prefix(Cidr cidr, var ports) && cidr.isV4()) {
        for (PortRange range : ports) {
          rules.add("ip daddr %s %s accept".formatted(cidr, to(range)));
        }
        if (!ports.isEmpty()) {
          narrowed = narrowed.join(AddressSet.of(List.of(cidr)));
        }
      }
    }
    String apart = set(narrowed);
    destinations.stream()
        .filter(Destination.Host.class::isInstance)
        .findFirst()
        .ifPresent(
            host -> {
              String which = apart.isEmpty() ? "" : "ip daddr != " + apart + " ";
              if (host.ports().isEmpty()) {
                rules.add(which + "accept");
              }
              host.ports().forEach(range -> rules.add(which + to(range) + " accept"));
            });
    rules.add("meta l4proto { tcp, udp }" + noted(SharedRules.REFUSED_TO, "daddr"));
    // At once, as what no route leads to.
    rules.add("reject with icmp type admin-prohibited");
    return rules;
  }

  /**
   * So that it can be said what was refused. Once the set is full, the rule says nothing and does
   * nothing; what refuses is a rule of its own.
   */
  private static String noted(String set, String address) {
    return " add @%s { ip %s . meta l4proto . th dport counter }".formatted(set, address);
  }

  /** Bounded, for an app and its peers may try anything. */
  private static void set(StringBuilder text, String name) {
    text.append("  set %s {\n".formatted(name));
    text.append("    type ipv4_addr . inet_proto . inet_service\n");
    text.append(
        "    size %d\n    flags dynamic,timeout\n    timeout 1h\n  }\n".formatted(MOST_NOTED));
  }

  private static String known() {
    return "ct state established,related accept";
  }

  private static void chain(
      StringBuilder text, TreeMap<String, RuleTable.Rules> counts, String hook, List<String> all) {
    text.append("  chain %s {\n".formatted(hook));
    text.append("    type filter hook %s priority 0; policy drop;\n".formatted(hook));
    all.forEach(rule -> text.append("    ").append(rule).append(SharedRules.MARK));
    text.append("  }\n");
    counts.put(hook, new RuleTable.Rules(all.size(), all.size(), false));
  }

  /** As nft has it; empty if none is of IPv4, which is all that leads into the namespace. */
  private static String set(AddressSet addresses) {
    List<String> v4 = addresses.prefixes().stream().filter(Cidr::isV4).map(Cidr::toString).toList();
    return v4.isEmpty() ? "" : "{ " + String.join(", ", v4) + " }";
  }

  /** Ports as a packet goes to; those that the kernel picks take no capability. */
  static String to(PortRange range) {
    String protocol = range.protocol().name().toLowerCase(Locale.ROOT);
    String numbers =
        range.isAny()
            ? PortRange.UNPRIVILEGED + "-65535"
            : range.first() == range.last()
                ? Integer.toString(range.first())
                : range.first() + "-" + range.last();
    return protocol + " dport " + numbers;
  }

  /** What the store must hold for it. */
  List<AppFile> files() {
    return isNone() ? List.of() : List.of(file());
  }

  private AppFile file() {
    var text = new StringBuilder();
    SharedRules.table(text, SharedRules.TABLE, chains);
    return new AppFile(PATH, text.toString(), false, Location.NOWHERE);
  }

  /** Where the unit finds them. */
  String path() {
    return FileStorePath.of(file());
  }

  /** What the kernel has of it while the app runs. */
  List<RuleTable> tables(AppSpec app) {
    return isNone()
        ? List.of()
        : List.of(
            new RuleTable(
                SharedRules.TABLE,
                SharedRules.origin(chains),
                counts,
                RuleTable.Place.APP,
                app.unit()));
  }
}
