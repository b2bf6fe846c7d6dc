package dev.sandbar.core.model;

import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.Comparator;
import java.util.Locale;

/**
 * Ports of one protocol that an app may bind, in the words of SocketBindAllow=
 * (systemd.resource-control(5)).
 *
 * @param first from 1; 0 for {@link #any}
 * @param last not below {@code first}
 */
public record PortRange(Protocol protocol, int first, int last) implements Comparable<PortRange> {

  /** What people write for {@link #any}. */
  static final String ANY = "any";

  /** Ports below take the capability CAP_NET_BIND_SERVICE (capabilities(7)). */
  public static final int UNPRIVILEGED = 1024;

  private static final Comparator<PortRange> ORDER =
      Comparator.comparing(PortRange::protocol)
          .thenComparing(PortRange::first)
          .thenComparing(PortRange::last);

  /**
   * The port that the kernel picks, which no rule can name: {@code SocketBindAllow=udp:1-65535}
   * leaves it closed. So it is every port that takes no capability.
   */
  public static PortRange any(Protocol protocol) {
    return new PortRange(protocol, 0, 0);
  }

  /** Whether it is every port, and the one that the kernel picks. */
  public boolean isAny() {
    return first == 0;
  }

  /** Whether binding one of them takes a capability. */
  public boolean isPrivileged() {
    return !isAny() && first < UNPRIVILEGED;
  }

  /** Whether it holds this port; 0 is the one that the kernel picks. */
  public boolean contains(Protocol other, int port) {
    return protocol == other
        && (isAny() ? port == 0 || port >= UNPRIVILEGED : port >= first && port <= last);
  }

  /** Whether both name one port, or both the one that the kernel picks. */
  public boolean overlaps(PortRange other) {
    return protocol == other.protocol && first <= other.last && other.first <= last;
  }

  @Override
  public int compareTo(PortRange other) {
    return ORDER.compare(this, other);
  }

  /** {@code 8080/tcp}, {@code 6000-6010/udp}, {@code any/udp}. */
  public String shown() {
    return (isAny() ? ANY : numbers()) + "/" + word();
  }

  /** {@code tcp:8080}, {@code udp:6000-6010}, {@code udp}. */
  @Override
  public String toString() {
    return isAny() ? word() : word() + ":" + numbers();
  }

  private String word() {
    return protocol.name().toLowerCase(Locale.ROOT);
  }

  private String numbers() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
