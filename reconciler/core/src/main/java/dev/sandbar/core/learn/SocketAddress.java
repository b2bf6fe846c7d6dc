package dev.sandbar.core.learn;

import dev.sandbar.core.model.Cidr;
import java.util.Arrays;
import java.util.Optional;

/** Where a socket is bound, or what it talks to (the struct sockaddr of a family). */
public sealed interface SocketAddress {

  /**
   * ip(7), ipv6(7). An IPv4 address that is written in IPv6 is the IPv4 address.
   *
   * @param host with the full length of the prefix
   * @param port 0 for one that the kernel picks
   */
  record Internet(Cidr host, int port) implements SocketAddress {

    private static final int MOST = 65_535;

    private static final Cidr LOOPBACK_4 = new Cidr("7f000000", 8);
    private static final Cidr LOOPBACK_6 = new Cidr("0".repeat(31) + "1", 128);

    public Internet {
      if (host.prefix() != host.addressHex().length() * 4) {
        throw new IllegalArgumentException(host + " is not one address");
      }
      if (port < 0 || port > MOST) {
        throw new IllegalArgumentException("there is no port " + port);
      }
    }

    /** Whether it is an address of the device itself that no packet leaves the device for. */
    public boolean isLoopback() {
      return LOOPBACK_4.contains(host) || LOOPBACK_6.contains(host);
    }

    /** Whether it stands for every address of the device. */
    public boolean isAny() {
      return host.addressHex().chars().allMatch(c -> c == '0');
    }

    @Override
    public String toString() {
      String address = host.toString();
      String bare = address.substring(0, address.indexOf('/'));
      return (host.isV4() ? bare : "[" + bare + "]") + ":" + port;
    }
  }

  /**
   * unix(7).
   *
   * @param path of a file; begins with {@code @} where there is none
   */
  record Unix(String path) implements SocketAddress {
    @Override
    public String toString() {
      return path;
    }
  }

  int AF_UNIX = 1;
  int AF_INET = 2;
  int AF_INET6 = 10;

  /**
   * Reads one as the kernel has it in memory, on a little-endian machine.
   *
   * @param bytes the whole of it; more may follow if all of that is 0
   * @return empty if it is of another family, or cut short
   */
  static Optional<SocketAddress> parse(byte[] bytes) {
    if (bytes.length < 2) {
      return Optional.empty();
    }
    return switch (number(bytes, 1) << 8 | number(bytes, 0)) {
      case AF_UNIX -> unix(bytes);
      case AF_INET -> internet(bytes, 4, 4);
      case AF_INET6 -> internet(bytes, 8, 16);
      default -> Optional.empty();
    };
  }

  private static Optional<SocketAddress> internet(byte[] bytes, int begin, int length) {
    if (bytes.length < begin + length) {
      return Optional.empty();
    }
    int port = number(bytes, 2) << 8 | number(bytes, 3);
    return Optional.of(new Internet(host(Arrays.copyOfRange(bytes, begin, begin + length)), port));
  }

  /** An address of the internet with its port, as systemd writes it: {@code [::]:80}. */
  static Optional<Internet> read(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
      return Optional.empty();
    }
    String host = text.substring(0, colon).replaceAll("^\\[|\\]$", "");
    int port = Integer.parseInt(text.substring(colon + 1));
    return Cidr.parse(host)
        .filter(it -> it.prefix() == it.addressHex().length() * 4 && port <= Internet.MOST)
        .map(it -> new Internet(host(it.bytes()), port));
  }

  /** The host with these address bytes, 4 or 16. */
  static Cidr host(byte[] address) {
    boolean mapped = address.length == 16 && address[10] == -1 && address[11] == -1;
    for (int i = 0; mapped && i < 10; i++) {
      mapped = address[i] == 0;
    }
    byte[] plain = mapped ? Arrays.copyOfRange(address, 12, 16) : address;
    return Cidr.of(plain, plain.length * 8);
  }

  private static Optional<SocketAddress> unix(byte[] bytes) {
    boolean abstractly = bytes.length > 2 && bytes[2] == 0;
    int begin = abstractly ? 3 : 2;
    int end = begin;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    String name = CallRecord.plain(Arrays.copyOfRange(bytes, begin, end));
    return name.isEmpty()
        ? Optional.empty()
        : Optional.of(new Unix(abstractly ? "@" + name : name));
  }

  private static int number(byte[] bytes, int at) {
    return Byte.toUnsignedInt(bytes[at]);
  }
}
