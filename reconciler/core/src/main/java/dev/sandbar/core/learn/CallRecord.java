package dev.sandbar.core.learn;

import dev.sandbar.core.learn.Use.Bound;
import dev.sandbar.core.learn.Use.Device;
import dev.sandbar.core.learn.Use.Family;
import dev.sandbar.core.learn.Use.Offered;
import dev.sandbar.core.learn.Use.Reached;
import dev.sandbar.core.learn.Use.ReadProc;
import dev.sandbar.core.learn.Use.Wrote;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * A system call with what it was about. The bytes are the service's own: they may be anything.
 *
 * @param call its name
 * @param detail of a socket its family, of a file the flags to open it with, of a message to
 *     netlink(7) its type
 * @param data an address or a path, as it stands in the memory of the service; zeros may follow
 */
public record CallRecord(String call, int detail, byte[] data) {

  /** Flags of open(2): O_WRONLY and O_RDWR. */
  private static final int WRITING = 3;

  private static final String NETLINK = "AF_NETLINK";
  private static final int AF_NETLINK = 16;

  /** Of its address (struct sockaddr_nl): its length, and where the groups begin. */
  private static final int NETLINK_ADDRESS = 12;

  private static final int NETLINK_GROUPS = 8;

  /** RTM_GETADDR of rtnetlink(7). */
  private static final int GET_ADDRESSES = 22;

  /** Those that Linux programs use (address_families(7)). */
  private static final Map<Integer, String> FAMILIES =
      Map.ofEntries(
          Map.entry(1, "AF_UNIX"),
          Map.entry(2, "AF_INET"),
          Map.entry(10, "AF_INET6"),
          Map.entry(16, "AF_NETLINK"),
          Map.entry(17, "AF_PACKET"),
          Map.entry(21, "AF_RDS"),
          Map.entry(29, "AF_CAN"),
          Map.entry(30, "AF_TIPC"),
          Map.entry(31, "AF_BLUETOOTH"),
          Map.entry(33, "AF_RXRPC"),
          Map.entry(38, "AF_ALG"),
          Map.entry(40, "AF_VSOCK"),
          Map.entry(42, "AF_QIPCRTR"),
          Map.entry(43, "AF_SMC"),
          Map.entry(44, "AF_XDP"));

  public CallRecord {
    data = data.clone();
  }

  @Override
  public byte[] data() {
    return data.clone();
  }

  /** The name of a family of sockets, or its number. */
  public static String family(int number) {
    return FAMILIES.getOrDefault(number, Integer.toString(number));
  }

  /** The address in the data; empty if it holds none that is known. */
  public Optional<SocketAddress> address() {
    return SocketAddress.parse(data);
  }

  /** Whether a file is opened to write to it. */
  public boolean isWriting() {
    return (detail & WRITING) != 0;
  }

  /** What it shows; empty if that is nothing that an app would need a permission for. */
  public Optional<Use> use() {
    return switch (call) {
      // What is done with such a socket shows what it takes.
      case "socket" ->
          Optional.of(family(detail)).filter(it -> !it.equals(NETLINK)).map(Family::new);
      case "sendto", "sendmsg" -> isNetlink() ? asked() : address().map(Reached::new);
      case "connect" -> address().map(Reached::new);
      case "bind" -> isNetlink() ? watched() : address().flatMap(CallRecord::bound);
      case "open", "openat" -> file(path(), isWriting());
      default -> Optional.empty();
    };
  }

  private boolean isNetlink() {
    return data.length >= NETLINK_ADDRESS && data[0] == AF_NETLINK && data[1] == 0;
  }

  /**
   * getaddrinfo(3) asks which addresses the device has, and goes on without an answer; whoever
   * wants to know of interfaces asks for links too.
   */
  private Optional<Use> asked() {
    return detail == GET_ADDRESSES ? Optional.empty() : Optional.of(new Family(NETLINK));
  }

  /** A socket that is bound to groups is told of changes (netlink(7)). */
  private Optional<Use> watched() {
    boolean groups = false;
    for (int at = NETLINK_GROUPS; at < NETLINK_ADDRESS; at++) {
      groups |= data[at] != 0;
    }
    return groups ? Optional.of(new Family(NETLINK)) : Optional.empty();
  }

  /** A call that binds a port does not say of which protocol; the sockets that stay bound do. */
  private static Optional<Use> bound(SocketAddress at) {
    return switch (at) {
      case SocketAddress.Unix name -> Optional.of(new Offered(name));
      // Go asks in this way at its start which protocols there are.
      case SocketAddress.Internet host when host.port() == 0 && host.isLoopback() ->
          Optional.empty();
      case SocketAddress.Internet host ->
          Optional.of(host.port() == 0 ? new Bound(Protocol.UDP, host) : new Use.Chosen(host));
    };
  }

  /**
   * What opening a file shows.
   *
   * @param name as the service has it
   */
  public static Optional<Use> file(String name, boolean written) {
    String path = plain(name);
    if (path.startsWith("/proc/")) {
      return written ? Optional.empty() : Optional.of(new ReadProc(path));
    }
    if (path.startsWith("/dev/") && !path.startsWith("/dev/shm/")) {
      return Optional.of(new Device(path, written));
    }
    if (!written && path.startsWith("/etc/")) {
      return Optional.of(new Use.ReadSettings(path));
    }
    return written && path.startsWith("/") ? Optional.of(new Wrote(path)) : Optional.empty();
  }

  /** The path in the data, as far as it stands there. */
  public String path() {
    int end = 0;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    return plain(Arrays.copyOf(data, end));
  }

  /** What the service calls something, without what could be taken for the words of others. */
  static String plain(byte[] name) {
    return plain(new String(name, StandardCharsets.UTF_8));
  }

  private static String plain(String name) {
    return name.replaceAll("\\p{Cntrl}", "\uFFFD");
  }
}
