package dev.sandbar.core.learn;

import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the kernel's tables of sockets show of a process (proc_net(5), files of {@code
 * /proc/PID/net}). They say less than the sockets themselves, and nothing has to be taken out of
 * the process for it.
 */
public final class SocketTables {

  /** Names of the files. */
  public static final List<String> NAMES =
      List.of("tcp", "tcp6", "udp", "udp6", "raw", "raw6", "unix", "netlink", "packet");

  private SocketTables() {}

  /**
   * The sockets of a table that are among these.
   *
   * @param name of the table
   * @param text of it; what is no line of it is passed over
   * @param inodes of sockets, as the links in {@code /proc/PID/fd} have them
   */
  public static List<Use> uses(String name, String text, Set<String> inodes) {
    var uses = new ArrayList<Use>();
    int column = column(name);
    for (String line : text.lines().toList()) {
      String[] fields = line.strip().split(" +");
      if (column < fields.length && inodes.contains(fields[column])) {
        use(name, fields).ifPresent(uses::add);
      }
    }
    return uses;
  }

  private static int column(String name) {
    return switch (name) {
      case "unix" -> 6;
      case "packet" -> 8;
      default -> 9;
    };
  }

  private static Optional<Use> use(String name, String[] fields) {
    return switch (name) {
      case "unix" -> Optional.of(new Use.Family("AF_UNIX"));
      case "netlink" -> Optional.of(new Use.Family("AF_NETLINK"));
      case "packet" -> Optional.of(new Use.Family("AF_PACKET"));
      case "raw", "raw6" -> Optional.of(new Use.Family("raw packets"));
      case "tcp", "tcp6" -> internet(Protocol.TCP, fields);
      default -> internet(Protocol.UDP, fields);
    };
  }

  private static Optional<Use> internet(Protocol protocol, String[] fields) {
    Optional<SocketAddress.Internet> own = TcpTable.address(fields[1]);
    Optional<SocketAddress.Internet> peer =
        TcpTable.address(fields[2]).filter(it -> it.port() != 0);
    if (own.isEmpty()) {
      return Optional.empty();
    }
    if (peer.isEmpty()) {
      boolean bound =
          protocol == Protocol.TCP ? fields[3].equals(TcpTable.LISTENING) : own.get().port() != 0;
      return bound ? Optional.of(new Use.Bound(protocol, own.get())) : Optional.empty();
    }
    return Optional.of(
        protocol == Protocol.TCP ? connected(own.get(), peer.get()) : new Use.Reached(peer.get()));
  }

  /**
   * Which of both has connected: Linux picks the port of whoever does from the upper ones (ip(7)).
   *
   * @param own address of the service
   */
  public static Use connected(SocketAddress.Internet own, SocketAddress.Internet there) {
    return own.port() < PICKED && there.port() >= PICKED
        ? new Use.Met(there)
        : new Use.Reached(there);
  }

  private static final int PICKED = 32768;
}
