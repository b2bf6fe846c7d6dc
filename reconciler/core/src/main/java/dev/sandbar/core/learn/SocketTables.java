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

  /** Those of them that show whom a process waits for. */
  public static final List<String> WAITING = List.of("tcp", "tcp6", "udp", "udp6");

  /** SYN_SENT and ESTABLISHED of the kernel; a UDP socket with a peer is in the latter. */
  private static final String SYN_SENT = "02";

  private static final String ESTABLISHED = "01";

  private SocketTables() {}

  /**
   * A socket that is connecting, or one of UDP that is set to send to a peer.
   *
   * @param peer whom no packet need have come from
   */
  public record Waiting(Protocol protocol, SocketAddress.Internet peer) {}

  /**
   * Those of a table that are among these sockets, and whose peers have not answered yet.
   *
   * @param name of the table, one of {@link #WAITING}
   * @param text of it; what is no line of it is passed over
   * @param inodes as for {@link #uses}
   */
  public static List<Waiting> waiting(String name, String text, Set<String> inodes) {
    Protocol protocol = name.startsWith("tcp") ? Protocol.TCP : Protocol.UDP;
    String state = protocol == Protocol.TCP ? SYN_SENT : ESTABLISHED;
    int inode = column(name);
    var waiting = new ArrayList<Waiting>();
    for (String line : text.lines().toList()) {
      String[] fields = line.strip().split(" +");
      if (inode < fields.length && fields[3].equals(state) && inodes.contains(fields[inode])) {
        TcpTable.address(fields[2])
            .filter(it -> it.port() != 0)
            .ifPresent(it -> waiting.add(new Waiting(protocol, it)));
      }
    }
    return waiting;
  }

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
        uses.addAll(use(name, fields));
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

  private static List<Use> use(String name, String[] fields) {
    return switch (name) {
      case "unix" -> List.of(new Use.Family("AF_UNIX"));
      case "netlink" -> List.of(new Use.Family("AF_NETLINK"));
      case "packet" -> List.of(new Use.Family("AF_PACKET"));
      case "raw", "raw6" -> List.of(new Use.Family("raw packets"));
      case "tcp", "tcp6" -> internet(Protocol.TCP, fields);
      default -> internet(Protocol.UDP, fields);
    };
  }

  private static List<Use> internet(Protocol protocol, String[] fields) {
    Optional<SocketAddress.Internet> own = TcpTable.address(fields[1]);
    Optional<SocketAddress.Internet> peer =
        TcpTable.address(fields[2]).filter(it -> it.port() != 0);
    if (own.isEmpty()) {
      return List.of();
    }
    if (peer.isEmpty()) {
      boolean bound =
          protocol == Protocol.TCP ? fields[3].equals(TcpTable.LISTENING) : own.get().port() != 0;
      return bound ? List.of(new Use.Bound(protocol, own.get())) : List.of();
    }
    return protocol == Protocol.TCP
        ? connected(own.get(), peer.get())
        : List.of(new Use.Reached(peer.get()), new Use.Flow(Protocol.UDP, peer.get(), 0));
  }

  /**
   * Which of both has connected by TCP, and whom: Linux picks the port of whoever does from the
   * upper ones (ip(7)).
   *
   * @param own address of the service
   */
  public static List<Use> connected(SocketAddress.Internet own, SocketAddress.Internet there) {
    return own.port() < PICKED && there.port() >= PICKED
        ? new TcpTable.Peer(there, own.port()).uses()
        : List.of(new Use.Reached(there), new Use.Flow(Protocol.TCP, there, 0));
  }

  private static final int PICKED = 32768;
}
