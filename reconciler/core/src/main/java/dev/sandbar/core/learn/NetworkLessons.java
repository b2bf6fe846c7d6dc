package dev.sandbar.core.learn;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.learn.SocketAddress.Internet;
import dev.sandbar.core.learn.SocketAddress.Unix;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What sockets show. */
final class NetworkLessons {

  private static final int NAMES = 53;

  /** Which every program can have for itself where it names none. */
  private static final Cidr LOOPBACK = new Cidr("7f000001", 32);

  static final String WITHOUT_LOOPBACK =
      "internet and localNetwork open no loopback; if somebody has to meet it there, write internet:"
          + " true and internetTo with that address and all others that it talks to, or have it use"
          + " a Unix socket";

  private static final String FOR_OTHERS = "is bound to ports, for others to come";

  private static final Set<String> SYSTEM_BUS =
      Set.of("/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket");

  /**
   * What the C library and systemd connect every program to, each of which goes on without
   * (getaddrinfo(3), syslog(3), nss-systemd(8)).
   */
  private static final List<String> OF_EVERY_PROGRAM =
      List.of(
          "/run/systemd/journal/",
          "/run/systemd/notify",
          "/run/systemd/userdb/",
          "/run/nscd/",
          "/var/run/nscd/",
          "/run/dbus/nscd",
          // What it is for has permissions of its own.
          "/run/sandbar-agent/");

  /** What is done with such a socket shows what it takes. */
  private static final Set<String> SHOWN_BY_USE = Set.of("AF_INET", "AF_INET6", "AF_UNIX");

  private final Lessons.Needs needs;
  private final Lessons.Says note;
  private final TreeSet<String> nameServers = new TreeSet<>();
  private final TreeSet<String> tables = new TreeSet<>();
  private final PortLessons ports;

  /** Its own addresses and those of others there, with what shows it. */
  private final TreeMap<Cidr, TreeSet<String>> loopback = new TreeMap<>();

  /** Where it listens on loopback, which nobody need have noticed. */
  private final TreeMap<Cidr, TreeSet<String>> loopbackPorts = new TreeMap<>();

  /**
   * Every address of the device, which it connected a socket to. Whoever looks up where to listen
   * does that too, and sends nothing (getaddrinfo(3) with AI_PASSIVE puts what it finds in order).
   */
  private final LinkedHashSet<Internet> anywhere = new LinkedHashSet<>();

  /** Who came, for whom a port that systemd gives takes no network. */
  private final LinkedHashSet<Internet> came = new LinkedHashSet<>();

  /** Those that are taken by more than the names of others. */
  private final EnumSet<Permission> networks = EnumSet.noneOf(Permission.class);

  private final PeerLessons peers;

  NetworkLessons(Lessons.Needs needs, Lessons.Says note) {
    this.needs = needs;
    this.note = note;
    this.peers = new PeerLessons(note);
    this.ports = new PortLessons(needs, note);
  }

  void family(String name) {
    if (SHOWN_BY_USE.contains(name)) {
      return;
    }
    String because = "makes a socket of " + name;
    PermissionCatalog.all().entrySet().stream()
        .filter(it -> it.getValue().grants().network().families().contains(name))
        .map(Map.Entry::getKey)
        .findFirst()
        .ifPresentOrElse(
            permission -> {
              if (permission == Permission.RAW_NETWORK) {
                note.of(
                    because,
                    "permissions.rawNetwork: true, with network: Own and an entry in policy.raw of the"
                        + " device, if it does not do without");
              } else {
                needs.of(permission, because);
              }
            },
            () -> note.of(because, "no permission opens this family of sockets"));
  }

  void bound(Protocol protocol, Internet at) {
    ports.bound(protocol, at);
    if (at.isLoopback()) {
      loopbackPorts.computeIfAbsent(at.host(), _ -> new TreeSet<>()).add("listens on " + at);
    }
  }

  void chosen(Internet at) {
    ports.chosen(at.port());
  }

  void given(Protocol protocol, Internet at) {
    ports.given(protocol, at);
  }

  void reached(Internet at) {
    // Programs connect to port 0 to have the kernel choose between addresses; nothing is sent.
    if (at.isAny()) {
      anywhere.add(at);
    } else if (at.port() != 0) {
      talks(at, "talks to " + at, at.port() == NAMES);
    }
  }

  void met(Internet peer) {
    came.add(peer);
  }

  /** The port of whoever comes is of no meaning. */
  private void wasMet(Internet peer) {
    String host = peer.toString();
    talks(peer, "is talked to from " + host.substring(0, host.lastIndexOf(':')), false);
  }

  private void talks(Internet with, String because, boolean name) {
    AddressSet host = AddressSet.of(List.of(with.host()));
    // Libraries ask there where the device names no server.
    if (AddressSpace.LOOPBACK.includes(host) && name) {
      nameServers.add(because);
    } else if (with.isLoopback() || with.isAny()) {
      meets(with.isAny() ? LOOPBACK : with.host(), because);
    } else if (AddressSpace.LOCAL.includes(host)) {
      if (name) {
        nameServers.add(because);
      } else {
        reaches(Permission.LOCAL_NETWORK, because);
      }
    } else {
      reaches(Permission.INTERNET, because);
    }
  }

  private void meets(Cidr own, String because) {
    loopback.computeIfAbsent(own, _ -> new TreeSet<>()).add(because);
  }

  void reached(Unix at) {
    if (at.path().equals("/dev/log") || at.path().equals("/run/systemd/journal/dev-log")) {
      note.of("logs with syslog(3)", "have it log to standard output; the journal has both");
    } else if (SYSTEM_BUS.contains(at.path())) {
      note.of(
          "connects to the system bus",
          "if it does not do without: permissions.dbus: {talk: [...]} with the services that it"
              + " calls, which busctl monitor shows, and policy.dbus of the device lists");
    } else if (OF_EVERY_PROGRAM.stream().noneMatch(at.path()::startsWith)) {
      needs.of(Permission.UNIX_SOCKETS, "connects to " + at);
    }
  }

  void offered(Unix at) {
    needs.of(Permission.UNIX_SOCKETS, "offers " + at);
    note.of(
        "offers " + at,
        "to listen there the app needs ports too, and others must see its directory");
  }

  /** What a program without a network reads there is of nothing but itself. */
  void read(String table) {
    tables.add("reads " + table);
  }

  /** Who it was, for {@code from} and {@code internetTo}. */
  void flow(Use.Flow flow) {
    peers.add(flow);
  }

  /**
   * Names are resolved wherever the name server is; ports need somebody who may come.
   *
   * @param listens whether it may open ports itself by something else
   */
  void conclude(boolean listens) {
    peers.conclude();
    anywhere.stream()
        .filter(at -> at.port() != 0 && !ports.has(at.port()))
        .forEach(at -> meets(LOOPBACK, "talks to " + at));
    ports.conclude(listens || !tables.isEmpty());
    if (!ports.areGiven()) {
      came.forEach(this::wasMet);
    }
    if (ports.areOfTheNetwork() && !networks.contains(Permission.LOCAL_NETWORK)) {
      reaches(
          Permission.LOCAL_NETWORK,
          networks.isEmpty() && loopback.isEmpty()
              ? FOR_OTHERS
              : "is bound to ports of the network, though nobody came from there");
    }
    if (networks.isEmpty() && loopback.isEmpty()) {
      nameServers.forEach(because -> reaches(Permission.INTERNET, because));
    }
    if (networks.isEmpty()) {
      loopbackPorts.forEach(
          (host, because) -> loopback.computeIfAbsent(host, _ -> new TreeSet<>()).addAll(because));
    } else {
      loopbackPorts.values().stream().flatMap(Set::stream).forEach(this::onLoopback);
    }
    loopback();
    if (networks.isEmpty() && ports.areBound()) {
      reaches(Permission.LOCAL_NETWORK, FOR_OTHERS);
    }
    if (networks.isEmpty()) {
      tables.forEach(because -> needs.of(Permission.NETWORK_STATUS, because));
    }
  }

  /** What {@code internet} opens no list can say beside what it does not. */
  private void loopback() {
    if (networks.contains(Permission.INTERNET)) {
      loopback.values().stream().flatMap(Set::stream).forEach(this::onLoopback);
      loopback.clear();
    }
    loopback.forEach(
        (host, all) ->
            all.forEach(
                because -> {
                  reaches(Permission.INTERNET, because);
                  needs.of(Permission.INTERNET_TO, because);
                }));
  }

  private void onLoopback(String because) {
    note.of(because, WITHOUT_LOOPBACK);
  }

  private void reaches(Permission network, String because) {
    networks.add(network);
    needs.of(network, because);
  }

  Node destinations() {
    return Node.list(
        loopback.keySet().stream()
            .map(host -> Node.mapping(List.of(Node.entry("cidr", Node.text(host.toString())))))
            .toList());
  }

  Node ports() {
    return ports.node();
  }
}
