package dev.sandbar.core.learn;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.learn.SocketAddress.Internet;
import dev.sandbar.core.learn.SocketAddress.Unix;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.PortRange;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What sockets show. */
final class NetworkLessons {

  private static final int NAMES = 53;

  /** From here on Linux picks ports itself (ip(7), ip_local_port_range). */
  private static final int PICKED = 32768;

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
  private final TreeMap<Integer, Protocol> tcp = new TreeMap<>();
  private final TreeMap<Integer, Protocol> udp = new TreeMap<>();

  /** Those that are taken by more than the names of others. */
  private final EnumSet<Permission> networks = EnumSet.noneOf(Permission.class);

  private final PeerLessons peers;

  NetworkLessons(Lessons.Needs needs, Lessons.Says note) {
    this.needs = needs;
    this.note = note;
    this.peers = new PeerLessons(note);
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
    if (protocol == Protocol.UDP && at.port() >= PICKED) {
      return;
    }
    (protocol == Protocol.TCP ? tcp : udp).put(at.port(), protocol);
    String port = at.port() == 0 ? "a port that the kernel picks" : "port " + at.port();
    needs.of(
        Permission.PORTS,
        "is bound to %s %s".formatted(protocol.name().toLowerCase(Locale.ROOT), port));
    if (at.isLoopback()) {
      note.of(
          "listens on " + at,
          "no permission lets other programs of the device in there; have it listen on the network,"
              + " or offer a Unix socket");
    }
  }

  void reached(Internet at) {
    // Programs connect to port 0 to have the kernel choose between addresses; nothing is sent.
    if (at.port() != 0) {
      talks(at, "talks to " + at, at.port() == NAMES);
    }
  }

  /** The port of whoever comes is of no meaning. */
  void met(Internet peer) {
    String host = peer.toString();
    talks(peer, "is talked to from " + host.substring(0, host.lastIndexOf(':')), false);
  }

  private void talks(Internet with, String because, boolean name) {
    AddressSet host = AddressSet.of(List.of(with.host()));
    if (AddressSpace.DNS_STUB.includes(host) && name) {
      nameServers.add(because);
    } else if (with.isLoopback() || with.isAny()) {
      note.of(
          because,
          "no permission opens what other programs of the device offer there; use a Unix socket, or"
              + " an address on the network");
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

  void reached(Unix at) {
    if (at.path().equals("/dev/log") || at.path().equals("/run/systemd/journal/dev-log")) {
      note.of("logs with syslog(3)", "have it log to standard output; the journal has both");
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

  /** Who it was, for {@code from} and {@code internetTo}. */
  void flow(Use.Flow flow) {
    peers.add(flow);
  }

  /** Names are resolved wherever the name server is; ports need somebody who may come. */
  void conclude() {
    peers.conclude();
    if (picksBesidePrivileged()) {
      note.of(
          "is bound to a port that the kernel picks, beside a port below 1024",
          "no spec opens both without every port below 1024; have it bind a port of its own from"
              + " 1024 on, and write that into ports");
    }
    if (networks.isEmpty()) {
      nameServers.forEach(because -> reaches(Permission.INTERNET, because));
    }
    if (networks.isEmpty() && !(tcp.isEmpty() && udp.isEmpty())) {
      reaches(Permission.LOCAL_NETWORK, "is bound to ports, for others to come");
    }
  }

  private void reaches(Permission network, String because) {
    networks.add(network);
    needs.of(network, because);
  }

  private boolean picksBesidePrivileged() {
    return Stream.of(tcp, udp).anyMatch(ports -> ports.containsKey(0))
        && Stream.of(tcp, udp)
            .flatMap(ports -> ports.keySet().stream())
            .anyMatch(port -> port != 0 && port < PortRange.UNPRIVILEGED);
  }

  Node ports() {
    boolean unpicked = picksBesidePrivileged();
    var items = new ArrayList<Node>();
    for (Map<Integer, Protocol> ports : List.of(tcp, udp)) {
      ports.forEach(
          (port, protocol) -> {
            if (port == 0 && unpicked) {
              return;
            }
            String word = protocol.name().toLowerCase(Locale.ROOT);
            var fields = new ArrayList<Node.Entry>();
            fields.add(Node.entry("name", Node.text(word + "-" + port)));
            fields.add(Node.entry("port", Node.number(port)));
            if (protocol == Protocol.UDP) {
              fields.add(Node.entry("protocol", Node.text(protocol.name())));
            }
            items.add(Node.mapping(fields));
          });
    }
    return Node.list(items);
  }
}
