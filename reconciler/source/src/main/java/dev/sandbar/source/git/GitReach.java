package dev.sandbar.source.git;

import java.io.IOException;
import java.net.InetAddress;
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

  /**
   * Checks every address of a host. The name is looked up again for the connection; the JVM keeps
   * answers for half a minute, so a server of names cannot answer differently in between.
   */
  void check(String host) throws IOException {
    if (loopback && linkLocal) {
      return;
    }
    String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    for (InetAddress address : InetAddress.getAllByName(name)) {
      if (!permits(address)) {
        throw new ForbiddenAddressException();
      }
    }
  }

  private boolean permits(InetAddress address) {
    boolean local = address.isLoopbackAddress() || address.isAnyLocalAddress();
    boolean metadata =
        address.isLinkLocalAddress()
            || address.isMulticastAddress()
            || METADATA.contains(address.getHostAddress());
    return (loopback || !local) && (linkLocal || !metadata);
  }

  /** Metadata services of clouds that are not link-local: AWS by IPv6, Alibaba, Oracle. */
  private static final Set<String> METADATA =
      Set.of("fd00:ec2:0:0:0:0:0:254", "100.100.100.200", "192.0.0.192");

  /** The message does not name the address: the answer of a name server may be none of ours. */
  static final class ForbiddenAddressException extends IOException {
    private static final long serialVersionUID = 1L;

    ForbiddenAddressException() {
      super("the address of the repository leads to this machine or to a link-local address");
    }
  }
}
