package dev.sandbar.core.learn;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.learn.SocketAddress.Internet;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Who was at the other end of connections, for {@code from} in {@code ports} and for {@code
 * internetTo}. Only notes: who comes in some minutes is not who may ever come.
 */
final class PeerLessons {

  /** So many are a list; more are whoever comes. */
  private static final int MOST = 8;

  private final Lessons.Says note;

  /** By the port of the service, as a spec has it. */
  private final TreeMap<String, TreeSet<Cidr>> came = new TreeMap<>();

  /** Ports, as a spec has them, by address. */
  private final TreeMap<Cidr, TreeSet<String>> reached = new TreeMap<>();

  PeerLessons(Lessons.Says note) {
    this.note = note;
  }

  void add(Use.Flow flow) {
    Internet peer = flow.peer();
    AddressSet host = AddressSet.of(List.of(peer.host()));
    boolean local = AddressSpace.LOCAL.includes(host);
    if (flow.port() != 0 && (local || AddressSpace.PUBLIC.includes(host))) {
      keep(came.computeIfAbsent(port(flow.protocol(), flow.port()), _ -> new TreeSet<>()), peer);
    } else if (flow.port() == 0
        && peer.port() != 0
        && AddressSpace.PUBLIC.includes(host)
        && reached.size() <= MOST) {
      TreeSet<String> ports = reached.computeIfAbsent(peer.host(), _ -> new TreeSet<>());
      if (ports.size() <= MOST) {
        ports.add(port(flow.protocol(), peer.port()));
      }
    }
  }

  /** One more than is shown says that there are more. */
  private static void keep(TreeSet<Cidr> hosts, Internet peer) {
    if (hosts.size() <= MOST) {
      hosts.add(peer.host());
    }
  }

  private static String port(Protocol protocol, int port) {
    return protocol == Protocol.TCP
        ? "port: " + port
        : "port: %d, protocol: %s".formatted(port, protocol);
  }

  void conclude() {
    came.forEach(
        (port, hosts) -> {
          if (hosts.size() <= MOST) {
            String all = hosts.stream().map(PeerLessons::text).collect(Collectors.joining(", "));
            note.of(
                "only %s connected to {%s}".formatted(all, port),
                "if nobody else ever has to, with network: Own write ports: [{%s, from: [%s]}]"
                    .formatted(port, all));
          }
        });
    boolean few = reached.values().stream().allMatch(ports -> ports.size() <= MOST);
    if (!reached.isEmpty() && reached.size() <= MOST && few) {
      String hosts =
          reached.keySet().stream().map(PeerLessons::text).collect(Collectors.joining(", "));
      String items =
          reached.entrySet().stream()
              .map(
                  it ->
                      "{cidr: %s, ports: [%s]}"
                          .formatted(
                              text(it.getKey()),
                              it.getValue().stream()
                                  .map(port -> "{" + port + "}")
                                  .collect(Collectors.joining(", "))))
              .collect(Collectors.joining(", "));
      note.of(
          "connects to %s alone of the internet".formatted(hosts),
          "if that is all it needs, write internetTo: [%s], by host: where they have names; ports take network: Own"
              .formatted(items));
    }
  }

  /** In quotes where YAML would not take it for a text. */
  private static String text(Cidr host) {
    String text = host.toString();
    String bare = text.substring(0, text.indexOf('/'));
    return host.isV4() ? bare : '"' + bare + '"';
  }
}
