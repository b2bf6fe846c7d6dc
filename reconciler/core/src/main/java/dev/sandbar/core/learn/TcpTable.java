package dev.sandbar.core.learn;

import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The kernel's table of TCP sockets (proc_net(5), {@code /proc/net/tcp} and {@code tcp6}). */
public final class TcpTable {

  static final String LISTENING = "0A";

  private TcpTable() {}

  /**
   * Somebody who has connected.
   *
   * @param port of the service
   */
  public record Peer(SocketAddress.Internet address, int port) {
    /** What it shows of the service. */
    public List<Use> uses() {
      return List.of(new Use.Met(address), new Use.Flow(Protocol.TCP, address, port));
    }
  }

  /**
   * Who has connected to these ports, and to which, as far as the kernel still knows it: a minute
   * after the end of a connection at least, where the service has closed it.
   *
   * @param text of the table; what is no line of it is passed over
   */
  public static List<Peer> peers(String text, Set<Integer> ports) {
    var peers = new ArrayList<Peer>();
    for (String line : text.lines().toList()) {
      String[] fields = line.strip().split(" +", 5);
      if (fields.length == 5 && !fields[3].equals(LISTENING)) {
        Optional<SocketAddress.Internet> local = address(fields[1]);
        if (local.filter(it -> ports.contains(it.port())).isPresent()) {
          address(fields[2])
              .filter(it -> it.port() != 0)
              .ifPresent(it -> peers.add(new Peer(it, local.get().port())));
        }
      }
    }
    return peers;
  }

  /** {@code 0100007F:1F90}: words of 32 bits as a little-endian machine has them, then the port. */
  static Optional<SocketAddress.Internet> address(String text) {
    int colon = text.indexOf(':');
    if ((colon != 8 && colon != 32) || text.length() != colon + 5) {
      return Optional.empty();
    }
    try {
      byte[] words = HexFormat.of().parseHex(text.substring(0, colon));
      byte[] bytes = new byte[words.length];
      for (int i = 0; i < words.length; i++) {
        bytes[i] = words[i / 4 * 4 + 3 - i % 4];
      }
      int port = HexFormat.fromHexDigits(text.substring(colon + 1));
      return Optional.of(new SocketAddress.Internet(SocketAddress.host(bytes), port));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
