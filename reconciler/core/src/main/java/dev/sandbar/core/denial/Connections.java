package dev.sandbar.core.denial;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.denial.Denial.Evidence;
import dev.sandbar.core.denial.Refusal.Way;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Sources;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads which connections of an app its sandbox refuses, from what the kernel shows of them, and
 * which line of the spec would allow them. An app chooses whom it connects to, and so does whoever
 * connects to an app: as with what it writes, nothing acts on it.
 */
public final class Connections {

  /** So many are a list; more are noise. */
  private static final int MOST = 8;

  private static final int TYPICAL_WALLS = 4;

  /** Apps with a network of their own, and what stands for the device in one. */
  private static final AddressSet APPS = AddressSet.of("240.0.0.0/4");

  private final Confines confines;
  private final AppSpec app;
  private final Sandbox sandbox;
  private final Set<Cidr> device;

  private Connections(Confines confines, Set<Cidr> device) {
    this.confines = confines;
    this.app = confines.app();
    this.sandbox = confines.sandbox();
    this.device = device;
  }

  /**
   * What is refused: at most one denial for each wall, and for each port of the app.
   *
   * @param confines what the app may do
   * @param device addresses of the device itself
   */
  public static List<Denial> denied(Collection<Refusal> seen, Confines confines, Set<Cidr> device) {
    return new Connections(confines, device).denied(new TreeSet<>(seen));
  }

  /** Whom the app may connect to, and who has not answered it; for people. */
  public static List<String> unanswered(Collection<Refusal> seen, Sandbox sandbox) {
    return new TreeSet<>(seen)
        .stream()
            .filter(it -> it.way() == Way.WAITING && it.protocol() == Protocol.TCP)
            .filter(it -> isOpen(it, sandbox))
            .map(Refusal::peer)
            .limit(MOST)
            .toList();
  }

  private static boolean isOpen(Refusal refusal, Sandbox sandbox) {
    return sandbox.network().addresses().includes(set(refusal));
  }

  private static AddressSet set(Refusal refusal) {
    return AddressSet.of(List.of(refusal.host()));
  }

  private List<Denial> denied(Set<Refusal> seen) {
    var denials = new ArrayList<Denial>(TYPICAL_WALLS);
    List<Refusal> ports = seen.stream().filter(it -> it.way() == Way.TO).toList();
    add(denials, ports.stream().filter(this::mayReach).toList(), this::toOtherPorts);
    List<Refusal> closed =
        Stream.concat(
                ports.stream().filter(it -> !mayReach(it)),
                seen.stream().filter(it -> it.way() == Way.WAITING && !mayReach(it)))
            .toList();
    add(denials, in(closed, AddressSpace.PUBLIC), this::toTheInternet);
    add(denials, in(closed, AddressSpace.LOCAL), this::toTheLocalNetwork);
    AddressSet others = AddressSpace.PUBLIC.join(AddressSpace.LOCAL).complement();
    add(denials, in(closed, others), this::toOthers);
    for (Port port : ports()) {
      add(
          denials,
          seen.stream()
              .filter(it -> it.way() == Way.FROM)
              .filter(it -> port.range().contains(it.protocol(), it.port()))
              .toList(),
          it -> toAPort(port, it));
    }
    return denials;
  }

  private boolean mayReach(Refusal refusal) {
    return isOpen(refusal, sandbox);
  }

  private static List<Refusal> in(List<Refusal> all, AddressSet space) {
    return all.stream().filter(it -> space.includes(set(it))).toList();
  }

  private static void add(
      List<Denial> denials, List<Refusal> refused, Function<List<Refusal>, Denial> denial) {
    if (!refused.isEmpty()) {
      denials.add(denial.apply(refused));
    }
  }

  private Denial denial(String refused, String by, List<Refusal> all, List<Wish> wishes) {
    List<String> peers =
        all.stream().map(it -> it.way() == Way.FROM ? it.address() : it.peer()).distinct().toList();
    String more = peers.size() > MOST ? ", and %d more".formatted(peers.size() - MOST) : "";
    long packets = all.stream().mapToLong(Refusal::packets).sum();
    return confines.denial(
        refused,
        by,
        Evidence.KERNEL,
        peers.stream().limit(MOST).collect(Collectors.joining(", ", "", more)),
        (int) Math.min(packets, Integer.MAX_VALUE),
        Advice.of(wishes));
  }

  private Denial toOtherPorts(List<Refusal> all) {
    return denial(
        "to connect to ports that internetTo does not name",
        "firewall",
        all,
        all.size() > MOST ? List.of() : List.of(destinations(all)));
  }

  /** What a narrow spec would say, and where nothing of the internet is open, the wide one too. */
  private Denial toTheInternet(List<Refusal> all) {
    boolean narrowed = app.permissions().get(Permission.INTERNET_TO).isPresent();
    var wishes = new ArrayList<Wish>();
    if (all.size() <= MOST) {
      Wish narrow = destinations(all);
      wishes.add(
          narrowed ? narrow : narrow.after(Wish.of(Permission.INTERNET)).as(Permission.INTERNET));
    }
    if (!narrowed) {
      wishes.add(Wish.of(Permission.INTERNET));
    }
    return denial("to reach addresses of the internet", "IPAddressDeny", all, wishes);
  }

  private Denial toTheLocalNetwork(List<Refusal> all) {
    return denial(
        "to reach addresses of the local network",
        "IPAddressDeny",
        all,
        List.of(Wish.of(Permission.LOCAL_NETWORK)));
  }

  private Denial toOthers(List<Refusal> all) {
    return denial("to reach what no network has", "IPAddressDeny", all, List.of());
  }

  /** With ports where a rule can hold them. */
  private Wish destinations(List<Refusal> all) {
    var prefixes = new TreeSet<>(all.stream().map(Refusal::host).toList());
    String items =
        prefixes.stream()
            .map(
                host ->
                    "{cidr: %s%s}"
                        .formatted(
                            text(host),
                            app.network() == Network.OWN && host.isV4() ? ports(all, host) : ""))
            .collect(Collectors.joining(", "));
    return new Wish(
        Permission.INTERNET_TO,
        prefixes.stream().map(Cidr::toString).collect(Collectors.joining(",")),
        "internetTo: [" + items + "]");
  }

  /** In quotes where YAML would not take it for a text. */
  private static String text(Cidr host) {
    String text = host.toString();
    String bare = text.substring(0, text.indexOf('/'));
    return host.isV4() ? bare : '"' + bare + '"';
  }

  private static String ports(List<Refusal> all, Cidr host) {
    return all.stream()
        .filter(it -> it.host().equals(host))
        .map(
            it ->
                it.protocol() == Protocol.TCP
                    ? "{port: %d}".formatted(it.port())
                    : "{port: %d, protocol: UDP}".formatted(it.port()))
        .distinct()
        .collect(Collectors.joining(", ", ", ports: [", "]"));
  }

  private List<Port> ports() {
    return app.permissions().get(Permission.PORTS).map(Request::value).stream()
        .flatMap(value -> value instanceof Value.Ports(var all) ? all.stream() : null)
        .toList();
  }

  private Denial toAPort(Port port, List<Refusal> all) {
    var wishes = new ArrayList<Wish>();
    List<Refusal> near = all.stream().filter(this::isOfTheDevice).toList();
    List<Refusal> far = all.stream().filter(it -> !isOfTheDevice(it)).toList();
    if (!far.isEmpty() && far.size() <= MOST) {
      var names = new TreeSet<Cidr>();
      if (port.from() instanceof Sources.Prefixes(var before)) {
        names.addAll(before);
      }
      far.forEach(it -> names.add(it.host()));
      wishes.add(
          from(
              port,
              reaching(far),
              names.stream().map(Connections::shown).collect(Collectors.joining(", ", "[", "]"))));
    }
    if (!near.isEmpty()) {
      wishes.add(from(port, "", Sources.Place.THIS_DEVICE.word()));
    }
    return denial(
        "connections to port %s of others than from names".formatted(port.range().shown()),
        "firewall",
        all,
        wishes);
  }

  private static String shown(Cidr prefix) {
    boolean host = prefix.prefix() == prefix.addressHex().length() * 4;
    return host ? text(prefix) : prefix.toString();
  }

  private boolean isOfTheDevice(Refusal refusal) {
    return device.contains(refusal.host()) || APPS.includes(set(refusal));
  }

  /** Who may not be reached cannot connect either. */
  private String reaching(List<Refusal> all) {
    return Stream.of(
            in(all, AddressSpace.PUBLIC).stream().allMatch(this::mayReach)
                ? ""
                : "internet: true, ",
            in(all, AddressSpace.LOCAL).stream().allMatch(this::mayReach)
                ? ""
                : "localNetwork: true, ")
        .collect(Collectors.joining());
  }

  private static Wish from(Port port, String before, String from) {
    var range = port.range();
    String protocol = range.protocol() == Protocol.TCP ? "" : ", protocol: UDP";
    String end = range.last() == range.first() ? "" : ", endPort: " + range.last();
    // What opens the port opens it already.
    return new Wish(
        Permission.PORTS,
        Map.of(),
        "%sports: [{port: %d%s%s, from: %s}]"
            .formatted(before, range.first(), end, protocol, from));
  }
}
