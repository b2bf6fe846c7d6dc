package dev.sandbar.core.learn;

import dev.sandbar.core.model.Permissions.Port.Protocol;

/** One thing that a service was seen to do. */
public sealed interface Use {

  /**
   * It made a system call that nothing refused.
   *
   * @param name as systemd and the kernel name it
   */
  record Called(String name) implements Use {}

  /**
   * It has a socket of a family.
   *
   * @param name such as {@code AF_NETLINK} (address_families(7)); a number where nobody knows one
   */
  record Family(String name) implements Use {}

  /**
   * It is bound to a port, for others to talk to.
   *
   * @param at address of the device, and the port
   */
  record Bound(Protocol protocol, SocketAddress.Internet at) implements Use {}

  /**
   * It requested a port by its number (bind(2)), whatever the protocol: nobody else picked it.
   *
   * @param at address of the device, and the port
   */
  record Chosen(SocketAddress.Internet at) implements Use {}

  /** systemd listens there for it, and gives it the socket (systemd.socket(5)). */
  record Given(Protocol protocol, SocketAddress.Internet at) implements Use {}

  /** It connected or sent to there. */
  record Reached(SocketAddress at) implements Use {}

  /** Somebody from there has connected to it. */
  record Met(SocketAddress.Internet peer) implements Use {}

  /**
   * A connection that is open, or was until now.
   *
   * @param peer the other end
   * @param port of the service that the other end connected to; 0 where the service connected
   */
  record Flow(Protocol protocol, SocketAddress.Internet peer, int port) implements Use {
    public Flow {
      // Linux picks the port of whoever connects; it says nothing.
      peer = port == 0 ? peer : new SocketAddress.Internet(peer.host(), 0);
    }
  }

  /** It has a Unix socket with a name, for others to connect to. */
  record Offered(SocketAddress.Unix at) implements Use {}

  /**
   * It opened a device node.
   *
   * @param path below /dev
   */
  record Device(String path, boolean written) implements Use {}

  /** It opened a regular file to write to it. */
  record Wrote(String path) implements Use {
    public Wrote {
      // Programs that put paths together name //run/x, which is the same file.
      path = path.replaceAll("/{2,}", "/");
    }
  }

  /**
   * It opened a file below /etc to read it, its configuration or what every program reads there.
   */
  record ReadSettings(String path) implements Use {}

  /** It opened a file of proc(5). */
  record ReadProc(String path) implements Use {}

  /** It has memory, or a way to be scheduled, that an app has only by a permission. */
  record Has(Trait trait) implements Use {}

  /** What a process is seen to have. */
  enum Trait {
    /** Memory that is writable and executable at once (proc_pid_maps(5)). */
    WRITABLE_CODE("has memory that is both writable and executable"),
    /** Executable memory of a file that lies where programs write. */
    CODE_IN_DATA("executes a file from where programs write"),
    /** Memory that is never swapped out (VmLck of proc_pid_status(5)). */
    LOCKED_MEMORY("has locked memory"),
    /** SCHED_FIFO or SCHED_RR (sched(7)). */
    REALTIME("runs with a real-time priority"),
    /** io_uring(7). */
    IO_URING("uses io_uring"),
    /** Namespaces that it made itself (namespaces(7)). */
    OWN_NAMESPACE("has made a namespace of its own");

    private final String words;

    Trait(String words) {
      this.words = words;
    }

    /** What is to be said of the service. */
    public String words() {
      return words;
    }
  }
}
