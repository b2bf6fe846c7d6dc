package dev.sandbar.core.learn;

import dev.sandbar.core.learn.SocketAddress.Internet;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.PortRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which ports it is bound to, or given. */
final class PortLessons {

  /** From here on Linux picks ports itself (ip(7), ip_local_port_range). */
  private static final int PICKED = 32768;

  /** Whoever has more is a program that picks them itself, others each time. */
  private static final int MOST_OF_ITS_OWN = 8;

  private static final int LAST = 65_535;

  private final Lessons.Needs needs;
  private final Lessons.Says note;
  private final Map<Protocol, SortedSet<Integer>> bound = byProtocol();
  private final Map<Protocol, SortedSet<Integer>> given = byProtocol();

  /** Of UDP, and so high that the kernel may have picked them. */
  private final TreeSet<Integer> high = new TreeSet<>();

  private final TreeSet<Integer> chosen = new TreeSet<>();

  /** Those where others than those on the device come. */
  private final TreeSet<Integer> ofTheNetwork = new TreeSet<>();

  /** Those that it named, and no socket of TCP has. */
  private final TreeSet<Integer> passing = new TreeSet<>();

  PortLessons(Lessons.Needs needs, Lessons.Says note) {
    this.needs = needs;
    this.note = note;
  }

  private static Map<Protocol, SortedSet<Integer>> byProtocol() {
    var all = new TreeMap<Protocol, SortedSet<Integer>>();
    for (Protocol protocol : Protocol.values()) {
      all.put(protocol, new TreeSet<>());
    }
    return all;
  }

  private static SortedSet<Integer> of(Map<Protocol, SortedSet<Integer>> all, Protocol protocol) {
    return all.computeIfAbsent(protocol, _ -> new TreeSet<>());
  }

  /** Whether it takes more to know whether the service named it than that it has it. */
  static boolean mayBePicked(Protocol protocol, Internet at) {
    return protocol == Protocol.UDP && at.port() >= PICKED;
  }

  void bound(Protocol protocol, Internet at) {
    if (mayBePicked(protocol, at)) {
      high.add(at.port());
    } else {
      of(bound, protocol).add(at.port());
      if (at.port() != 0 && !at.isLoopback()) {
        ofTheNetwork.add(at.port());
      }
    }
  }

  void chosen(int port) {
    chosen.add(port);
  }

  void given(Protocol protocol, Internet at) {
    of(given, protocol).add(at.port());
  }

  /** Whether systemd opens all that it has, so that it needs no network for who comes. */
  boolean areGiven() {
    return !of(given, Protocol.TCP).isEmpty() && !areBound();
  }

  /** Whether it opens ports itself on an address of the network. */
  boolean areOfTheNetwork() {
    return areBound() && !ofTheNetwork.isEmpty();
  }

  /** Whether it requested that port, or has it. */
  boolean has(int port) {
    return chosen.contains(port) || isOpen(port);
  }

  private boolean isOpen(int port) {
    return Stream.of(bound, given)
        .flatMap(all -> all.values().stream())
        .anyMatch(ports -> ports.contains(port));
  }

  /** Whether it picks ports of UDP itself. */
  private boolean picks() {
    return passing.size() > MOST_OF_ITS_OWN;
  }

  boolean areBound() {
    return bound.values().stream().anyMatch(ports -> !ports.isEmpty());
  }

  void conclude(boolean listens) {
    given.forEach((protocol, ports) -> of(bound, protocol).removeAll(ports));
    high.removeAll(of(given, Protocol.UDP));
    udp();
    beside(listens);
    bound.forEach(
        (protocol, ports) ->
            ports.forEach(
                port ->
                    needs.of(
                        Permission.PORTS,
                        "is bound to %s %s"
                            .formatted(
                                word(protocol),
                                port == 0 ? "a port that the kernel picks" : "port " + port))));
    of(given, Protocol.TCP)
        .forEach(port -> needs.of(Permission.PORTS, "is given tcp port " + port + " by systemd"));
    if (picks()) {
      needs.of(Permission.PORTS, "picks ports of udp itself, others each time");
    }
    if (picksBesidePrivileged()) {
      note.of(
          "is bound to a port that the kernel picks, beside a port below 1024",
          "no spec opens both without every port below 1024; have it bind a port of its own from"
              + " 1024 on, and write that into ports");
    }
  }

  /** Those that it named itself are its own; of others nobody knows it. */
  private void udp() {
    SortedSet<Integer> udp = of(bound, Protocol.UDP);
    if (chosen.isEmpty()) {
      high.forEach(
          port ->
              note.of(
                  "is bound to udp port %d, which Linux may have picked".formatted(port),
                  "if it is always that port, add it to ports; --restart shows which it is"));
      return;
    }
    var own = new TreeSet<>(high);
    own.retainAll(chosen);
    udp.addAll(own);
    passing.addAll(chosen.tailSet(PortRange.UNPRIVILEGED));
    passing.removeAll(of(bound, Protocol.TCP));
    passing.removeAll(of(given, Protocol.TCP));
    if (picks()) {
      udp.removeIf(port -> port >= PortRange.UNPRIVILEGED);
    } else {
      chosen.headSet(PICKED).stream()
          .filter(port -> !isOpen(port))
          .forEach(
              port ->
                  note.of(
                      "requested port %d, which no look found open".formatted(port),
                      "if others come there now and then, add it to ports, with its protocol"));
    }
  }

  /** An app has ports of its own, or such as it is given, and the latter are of TCP. */
  private void beside(boolean listens) {
    of(given, Protocol.UDP)
        .forEach(
            port -> {
              of(bound, Protocol.UDP).add(port);
              note.of(
                  "is given udp port " + port + " by systemd",
                  "an app is given ports of TCP only; have it bind the port itself");
            });
    if (listens || areBound()) {
      of(given, Protocol.TCP)
          .forEach(
              port -> {
                of(bound, Protocol.TCP).add(port);
                note.of(
                    "is given tcp port " + port + " by systemd, and may open others itself",
                    "an app that may is given none; have it bind that port too");
              });
      of(given, Protocol.TCP).clear();
    }
  }

  private boolean picksBesidePrivileged() {
    return bound.values().stream().anyMatch(ports -> ports.contains(0))
        && bound.values().stream()
            .flatMap(SortedSet::stream)
            .anyMatch(port -> port != 0 && port < PortRange.UNPRIVILEGED);
  }

  private static String word(Protocol protocol) {
    return protocol.name().toLowerCase(Locale.ROOT);
  }

  Node node() {
    boolean unpicked = picksBesidePrivileged();
    var items = new ArrayList<Node>();
    bound.forEach(
        (protocol, ports) -> {
          for (int port : ports) {
            if (port != 0 || !unpicked) {
              items.add(Node.mapping(fields(protocol, port)));
            }
          }
        });
    for (int port : of(given, Protocol.TCP)) {
      List<Node.Entry> fields = fields(Protocol.TCP, port);
      fields.add(Node.entry("via", Node.text("Socket")));
      fields.add(Node.entry("from", Node.text("LocalNetwork")));
      items.add(Node.mapping(fields));
    }
    if (picks()) {
      List<Node.Entry> fields = fields(Protocol.UDP, PortRange.UNPRIVILEGED);
      fields.add(2, Node.entry("endPort", Node.number(LAST)));
      items.add(Node.mapping(fields));
    }
    return Node.list(items);
  }

  private static List<Node.Entry> fields(Protocol protocol, int port) {
    var fields = new ArrayList<Node.Entry>();
    fields.add(Node.entry("name", Node.text(word(protocol) + "-" + port)));
    fields.add(Node.entry("port", Node.number(port)));
    if (protocol == Protocol.UDP) {
      fields.add(Node.entry("protocol", Node.text(protocol.name())));
    }
    return fields;
  }
}
