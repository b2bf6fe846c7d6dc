package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.PortRange;
import dev.sandbar.core.model.Sha256;
import java.util.ArrayList;
import java.util.List;

/**
 * How the network namespace that systemd makes for an app ({@code PrivateNetwork=}) is joined to
 * the device's: a pair of virtual interfaces (veth(4)), a route for each prefix that the app may
 * reach and {@code prohibit} for all others, and rules of nftables for its ports. Commands of the
 * unit set it up before the app starts; systemd runs them as root and outside of the sandbox.
 *
 * <p>The routes are for the app's convenience, so that what is refused fails at once: the IP filter
 * of the unit refuses the same, and neither depends on the rules of the device. What they are lost
 * by, a reload of a firewall for example, takes connections away and gives none. What the IP filter
 * cannot hold is held in the namespace ({@link AppFirewall}).
 */
final class OwnNetwork {

  /** No network of its own. */
  static final OwnNetwork NONE =
      new OwnNetwork(
          new AppName("none"),
          AddressSet.NONE,
          Extent.none(),
          AppFirewall.NONE,
          List.of(),
          List.of(),
          List.of(),
          true);

  static final String BECAUSE = "network";
  private static final String IP = "/usr/sbin/ip";
  private static final String NFT = SharedRules.PROGRAM;
  private static final String SYSCTL = "/usr/lib/systemd/systemd-sysctl";

  /** In the network of the device, with the rights of the command itself. */
  private static final List<String> ON_DEVICE = List.of("/usr/bin/nsenter", "--target=1", "--net");

  static final String INSIDE = "eth0";

  /** What makes the interface, as a file of the store. */
  static final String SCRIPT = "network/namespace.ip";

  private static final String RULES = "network/ports.nft";

  private static final String ADDRESS_INSIDE = "02:00:00:00:00:02";
  static final String ADDRESS_OUTSIDE = "02:00:00:00:00:01";

  /**
   * It answers no request and belongs to no interface: packets are sent to its hardware address.
   */
  private static final String ROUTER = AppFirewall.DEVICE;

  /** Of 240.0.0.0/5, which the kernel routes and nobody assigns (RFC 1112). */
  private static final int ADDRESS_BITS = 27;

  /** No route leads to the loopback, multicast and reserved addresses of IPv4 (RFC 6890). */
  private static final AddressSet ROUTED =
      AddressSet.of("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3").complement();

  private static final String NAME_SERVERS = "nameserver " + DeviceFacts.STUB + "\n";

  private final AppName app;
  private final AddressSet addresses;
  private final Extent<PortRange> ports;
  private final AppFirewall firewall;
  private final List<AppFile> egress;
  private final List<RuleTable> inside;
  private final List<PortRange> ofTheDevice;
  private final boolean none;

  private OwnNetwork(
      AppName app,
      AddressSet addresses,
      Extent<PortRange> ports,
      AppFirewall firewall,
      List<AppFile> egress,
      List<RuleTable> inside,
      List<PortRange> ofTheDevice,
      boolean none) {
    this.app = app;
    this.addresses = addresses;
    this.ports = ports;
    this.firewall = firewall;
    this.egress = egress;
    this.inside = inside;
    this.ofTheDevice = ofTheDevice;
    this.none = none;
  }

  /**
   * One that leads to these addresses, with these ports reached from outside.
   *
   * @param open the addresses that are open on all ports, hosts apart
   * @param raw whether the app sends raw packets
   */
  static OwnNetwork of(
      AppSpec app, AddressSet addresses, AddressSet open, Extent<PortRange> ports, boolean raw) {
    AppFirewall firewall = AppFirewall.of(app, open, addresses.includes(AddressSpace.DNS_STUB));
    var inside = new ArrayList<>(firewall.tables(app));
    var egress = new ArrayList<AppFile>();
    if (raw) {
      var rules = new RawEgress(address(app.name()), withTheDevice(app, addresses));
      inside.add(rules.table(app));
      egress.add(rules.file());
    }
    return new OwnNetwork(
        app.name(),
        addresses,
        ports,
        firewall,
        List.copyOf(egress),
        List.copyOf(inside),
        AppFirewall.ofTheDevice(app),
        false);
  }

  /**
   * What an app reaches in it that permissions open these addresses to: its own loopback too, and
   * what others of the device have for an address there.
   */
  static AddressSet reached(AppSpec app, AddressSet addresses) {
    if (addresses.isEmpty()) {
      return addresses;
    }
    return withTheDevice(app, addresses.join(AddressSpace.LOOPBACK));
  }

  private static AddressSet withTheDevice(AppSpec app, AddressSet addresses) {
    return AppFirewall.ofTheDevice(app).isEmpty()
        ? addresses
        : addresses.join(AddressSet.of(AppFirewall.DEVICE + "/32"));
  }

  /** Whether the app has none. */
  boolean isNone() {
    return none;
  }

  /** Whether it leads out of the namespace at all. */
  private boolean leadsOut() {
    return !none && !addresses.isEmpty();
  }

  /** What the store must hold for it. */
  List<AppFile> files() {
    var files = new ArrayList<AppFile>();
    if (leadsOut()) {
      files.addAll(firewall.files());
      files.add(inside());
      files.addAll(egress);
      files.add(outside());
      if (resolves()) {
        files.add(settings());
        files.add(resolvers());
      }
      if (hasPorts()) {
        files.add(rules());
      }
    }
    return files;
  }

  /**
   * The places in the app's view of the device's root where programs look for the name servers.
   * Those below /run are in a file system of the app's own.
   */
  List<String> nameServers(DeviceFacts facts) {
    if (!leadsOut() || !resolves()) {
      return List.of();
    }
    var places = new ArrayList<>(FileLines.RESOLVERS);
    if (facts.resolvers().stream().anyMatch(server -> !server.equals(DeviceFacts.STUB))) {
      // Then it is there, and systemd makes no file on the device to bind this one to.
      places.add("/etc/resolv.conf");
    }
    return places;
  }

  /** The file that names the name server of every app with a network of its own. */
  static AppFile resolvers() {
    return file("network/resolv.conf", NAME_SERVERS);
  }

  /**
   * Before any other command of the unit.
   *
   * @param image whether the root of the app is an image, which has none of the programs
   */
  void begin(Draft draft, boolean image) {
    if (!leadsOut()) {
      return;
    }
    if (image) {
      draft.yes("RootDirectoryStartOnly", BECAUSE);
    }
    if (!firewall.isNone()) {
      // Before anything leads out.
      start(draft, List.of(NFT, "-f", firewall.path()));
    }
    start(draft, List.of(IP, "-batch", FileStorePath.of(inside())));
    // They are about the interface; nothing passes it before its other end is up.
    egress.forEach(rules -> start(draft, List.of(NFT, "-f", FileStorePath.of(rules))));
    if (resolves()) {
      start(draft, List.of(SYSCTL, FileStorePath.of(settings())));
    }
    start(draft, onDevice(IP, "-batch", FileStorePath.of(outside())));
    start(draft, onDevice(NFT, "-f", hasPorts() ? FileStorePath.of(rules()) : SharedRules.FILE));
  }

  /**
   * After any other command of the unit. The kernel removes the interfaces with the namespace, but
   * at a time of its own, and the next start needs their names.
   *
   * <p>systemd runs these lines of the version that is loaded for the process of the one before,
   * whose network may be the device's. So they name only what is Sandbar's, in the network of the
   * device, and nothing in a namespace that they are found in.
   */
  void end(Draft draft) {
    if (!leadsOut()) {
      return;
    }
    stop(draft, onDevice(IP, "link", "delete", link()));
    if (hasPorts()) {
      stop(draft, onDevice(NFT, "delete", "table", "ip", table()));
    }
  }

  private static void start(Draft draft, List<String> command) {
    draft.service("ExecStartPre", EscapedText.unconfined(command), BECAUSE);
  }

  /** Nothing is lost if what it takes away is gone: a start that failed may not have made it. */
  private static void stop(Draft draft, List<String> command) {
    draft.service("ExecStopPost", EscapedText.unconfined(command).orElseGoOn(), BECAUSE);
  }

  private static List<String> onDevice(String... command) {
    var all = new ArrayList<>(ON_DEVICE);
    all.addAll(List.of(command));
    return all;
  }

  private boolean hasPorts() {
    return ports.items().stream().anyMatch(range -> !range.isAny());
  }

  private boolean resolves() {
    return addresses.includes(AddressSpace.DNS_STUB);
  }

  /** What comes from 127.0.0.53 is dropped at any interface but that of the loopback otherwise. */
  private static AppFile settings() {
    return file("network/sysctl.conf", "net.ipv4.conf.%s.route_localnet=1\n".formatted(INSIDE));
  }

  private AppFile inside() {
    var text = new StringBuilder();
    text.append(
        "link add %s address %s type veth peer name %s address %s netns 1\n"
            .formatted(INSIDE, ADDRESS_INSIDE, link(), ADDRESS_OUTSIDE));
    up(text, INSIDE);
    text.append("address add %s/32 dev %s\n".formatted(address(), INSIDE));
    neighbour(text, ROUTER, ADDRESS_OUTSIDE, INSIDE);
    text.append("route add prohibit default\n");
    text.append("route add %s/32 dev %s scope link\n".formatted(ROUTER, INSIDE));
    for (Cidr prefix : addresses.meet(ROUTED).prefixes()) {
      if (prefix.isV4()) {
        text.append("route add %s via %s dev %s\n".formatted(prefix, ROUTER, INSIDE));
      }
    }
    if (resolves()) {
      // Beside 127.0.0.0/8, which the table of local addresses has already.
      text.append(
          "route add %s/32 via %s dev %s table local src %s\n"
              .formatted(DeviceFacts.STUB, ROUTER, INSIDE, address()));
    }
    return file(SCRIPT, text.toString());
  }

  private AppFile outside() {
    var text = new StringBuilder();
    up(text, link());
    text.append("route add %s/32 dev %s\n".formatted(address(), link()));
    neighbour(text, address(), ADDRESS_INSIDE, link());
    if (!ofTheDevice.isEmpty()) {
      // Whoever comes from a network with the address that stands for the device gets no answer.
      text.append("route replace blackhole %s/32\n".formatted(AppFirewall.DEVICE));
    }
    return file("network/device.ip", text.toString());
  }

  /**
   * Without addresses of IPv6, by which the programs of the device would be reached. Nor does it
   * ask for hardware addresses: where a socket is bound to the interface, Linux takes what no route
   * leads to for a neighbour, and a device with proxy_arp answers for whom it forwards to.
   */
  private static void up(StringBuilder text, String link) {
    text.append("link set dev %s addrgenmode none\n".formatted(link));
    text.append("link set dev %s arp off\n".formatted(link));
    text.append("link set dev %s up\n".formatted(link));
  }

  private static void neighbour(StringBuilder text, String ip, String mac, String link) {
    text.append("neighbour add %s lladdr %s dev %s nud permanent\n".formatted(ip, mac, link));
  }

  private AppFile rules() {
    // In one command with those that all apps share: systemd takes longer for one than nft does.
    var text = new StringBuilder("include \"%s\"\n".formatted(SharedRules.FILE));
    SharedRules.table(text, table(), forwarding().chains());
    return file(RULES, text.toString());
  }

  private PortForwarding forwarding() {
    return new PortForwarding(
        address(), ports.items().stream().filter(range -> !range.isAny()).toList(), ofTheDevice);
  }

  /** What the kernel has of it while the app runs. */
  List<RuleTable> tables() {
    if (!leadsOut()) {
      return List.of();
    }
    var tables = new ArrayList<>(inside);
    tables.add(SharedRules.DECLARED);
    if (hasPorts()) {
      tables.add(
          new RuleTable(
              table(),
              SharedRules.origin(forwarding().chains()),
              forwarding().counts(),
              RuleTable.Place.DEVICE,
              SharedRules.loader(FileStorePath.name(rules()))));
    }
    return List.copyOf(tables);
  }

  private String table() {
    return SharedRules.TABLE + "-" + app;
  }

  /** At most 15 characters (IFNAMSIZ). */
  private String link() {
    return SharedRules.LINKS + "%07x".formatted(number(app));
  }

  private String address() {
    return address(app);
  }

  /** Where an app of that name is, if it has a network of its own. */
  static String address(AppName app) {
    int number = number(app);
    return "%d.%d.%d.%d"
        .formatted(240 + (number >> 24), number >> 16 & 255, number >> 8 & 255, number & 255);
  }

  /**
   * By the name alone, so that no app changes when another comes. Of a hundred apps on a device two
   * have the same one in about one of 27,000 devices, and {@link IdentityClashes} refuses both.
   */
  private static int number(AppName app) {
    int number =
        Integer.parseInt(Sha256.of("network " + app).hex().substring(0, 8), 0, 7, 16)
            & (1 << ADDRESS_BITS) - 1;
    return number < 256 ? number + 256 : number;
  }

  private static AppFile file(String path, String content) {
    return new AppFile(path, content, false, Location.NOWHERE);
  }
}
