package dev.sandbar.source.git;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Where addresses may lead. Who writes the settings of a device may reach whatever the device
 * reaches; in a cluster the settings come from people who must not use the operator to reach what
 * is closed to themselves.
 *
 * @param schemes allowed schemes, such as {@code https}
 * @param loopback whether this machine itself may be reached
 * @param linkLocal whether link-local addresses may be reached, where clouds serve the credentials
 *     of their machines
 */
public record GitReach(Set<String> schemes, boolean loopback, boolean linkLocal) {

  /** Whatever {@link GitSettings} can say. */
  public static final GitReach ANYWHERE =
      new GitReach(Set.of("https", "http", "ssh", "file"), true, true);

  /** Other machines only, encrypted only. */
  public static final GitReach OTHER_MACHINES = new GitReach(Set.of("https", "ssh"), false, false);

  public GitReach {
    schemes = Set.copyOf(schemes);
  }

  /** The same, also to this machine itself. */
  public GitReach withLoopback() {
    return new GitReach(schemes, true, linkLocal);
  }

  boolean isAnywhere() {
    return loopback && linkLocal;
  }

  /**
   * Checks every address of a host, for an answer before anything is connected. What counts is the
   * address of each connection, for a server of names may answer differently in between.
   */
  void check(String host) throws IOException {
    if (isAnywhere()) {
      return;
    }
    String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    for (InetAddress address : InetAddress.getAllByName(name)) {
      check(address);
    }
  }

  /** Checks the address of one connection. */
  void check(InetAddress address) throws IOException {
    if (!permits(address)) {
      throw new ForbiddenAddressException();
    }
  }

  /** Whether a connection may lead there. */
  boolean permits(InetSocketAddress connected) {
    InetAddress address = connected.getAddress();
    return address == null ? isAnywhere() : permits(address);
  }

  private boolean permits(InetAddress address) {
    if (isAnywhere()) {
      return true;
    }
    byte[] bytes = address.getAddress();
    boolean local =
        address.isLoopbackAddress()
            || address.isAnyLocalAddress()
            || isIn(bytes, OWN)
            || isOwn(address);
    boolean metadata =
        address.isLinkLocalAddress() || address.isMulticastAddress() || isIn(bytes, METADATA);
    return (loopback || !local) && (linkLocal || !metadata) && permitsEmbedded(bytes);
  }

  /** An address of this machine that is not loopback leads to the same ports. */
  private static boolean isOwn(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  /** Whether the IPv4 address that an IPv6 address leads to, on some network, is permitted. */
  private boolean permitsEmbedded(byte[] bytes) {
    if (bytes.length != 16) {
      return true;
    }
    return embedded(bytes).stream().allMatch(this::permits);
  }

  /**
   * IPv4 addresses in an IPv6 address: compatible (RFC 4291, 2.5.5.1), mapped, NAT64 (RFC 6052 and
   * RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380), ISATAP (RFC 5214).
   */
  private static List<InetAddress> embedded(byte[] bytes) {
    byte[] last = Arrays.copyOfRange(bytes, 12, 16);
    if (isIn(bytes, List.of(Prefix.of("::", 96)))) {
      return List.of(of(last));
    }
    if (isIn(bytes, NAT64)) {
      return List.of(of(last));
    }
    if (isIn(bytes, List.of(Prefix.of("2002::", 16)))) {
      return List.of(of(Arrays.copyOfRange(bytes, 2, 6)));
    }
    if (isIn(bytes, List.of(Prefix.of("2001::", 32)))) {
      byte[] inverted = last.clone();
      for (int i = 0; i < inverted.length; i++) {
        inverted[i] = (byte) ~inverted[i];
      }
      return List.of(of(Arrays.copyOfRange(bytes, 4, 8)), of(inverted));
    }
    boolean isatap =
        (bytes[8] & ~2) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == (byte) 0xfe;
    return isatap ? List.of(of(last)) : List.of();
  }

  private static InetAddress of(byte[] address) {
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  /** A network. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Prefix(byte[] address, int bits) {
    static Prefix of(String address, int bits) {
      return new Prefix(InetAddress.ofLiteral(address).getAddress(), bits);
    }

    boolean covers(byte[] other) {
      if (other.length != address.length) {
        return false;
      }
      for (int i = 0; i < bits; i++) {
        int mask = 0x80 >> (i % 8);
        if ((address[i / 8] & mask) != (other[i / 8] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  private static boolean isIn(byte[] address, List<Prefix> networks) {
    return networks.stream().anyMatch(it -> it.covers(address));
  }

  private static final List<Prefix> NAT64 =
      List.of(Prefix.of("64:ff9b::", 96), Prefix.of("64:ff9b:1::", 48));

  /** "This network", which Linux takes for this machine, and the broadcast address. */
  private static final List<Prefix> OWN =
      List.of(Prefix.of("0.0.0.0", 8), Prefix.of("127.0.0.0", 8), Prefix.of("255.255.255.255", 32));

  /**
   * Services of clouds for their own machines that are not link-local: AWS, Google, Oracle and
   * Scaleway by IPv6; Alibaba, Oracle and Azure by IPv4.
   */
  private static final List<Prefix> METADATA =
      List.of(
          Prefix.of("fd00:ec2::", 32),
          Prefix.of("fd20:ce::", 32),
          Prefix.of("fd00:c1::", 32),
          Prefix.of("fd00:42::", 32),
          Prefix.of("100.100.100.200", 32),
          Prefix.of("192.0.0.192", 32),
          Prefix.of("168.63.129.16", 32));

  /** The message does not name the address: the answer of a name server may be none of ours. */
  static final class ForbiddenAddressException extends IOException {
    private static final long serialVersionUID = 1L;

    ForbiddenAddressException() {
      super("the address of the repository leads to this machine or to a link-local address");
    }
  }
}
