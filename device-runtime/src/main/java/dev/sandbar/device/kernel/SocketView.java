package dev.sandbar.device.kernel;

import dev.sandbar.core.learn.CallRecord;
import dev.sandbar.core.learn.SocketAddress;
import dev.sandbar.core.learn.SocketTables;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks at a socket of another process, through a descriptor of the same socket (pidfd_getfd(2)).
 * The process does not notice. It takes CAP_SYS_PTRACE.
 */
final class SocketView {

  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  /** The longest, that of unix(7), is shorter. */
  private static final int ADDRESS = 128;

  /** {@code getsockopt(2)}. */
  static final WordCall GETSOCKOPT = WordCall.of("getsockopt");

  private static final WordCall GETSOCKNAME = WordCall.of("getsockname");
  private static final WordCall GETPEERNAME = WordCall.of("getpeername");

  private final SystemCall pidfdOpen;
  private final SystemCall pidfdGetfd;

  private SocketView(SystemCall pidfdOpen, SystemCall pidfdGetfd) {
    this.pidfdOpen = pidfdOpen;
    this.pidfdGetfd = pidfdGetfd;
  }

  /** Empty, with one line in the log, where the system calls cannot be made. */
  static Optional<SocketView> open() {
    return SystemCall.open("pidfd_open", 434, 434)
        .flatMap(
            first ->
                SystemCall.open("pidfd_getfd", 438, 438)
                    .map(second -> new SocketView(first, second)));
  }

  /**
   * What a socket shows of the service; nothing if it has gone.
   *
   * @param pid as this process counts it
   * @param descriptor of that process
   */
  List<Use> uses(int pid, int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      int process = (int) pidfdOpen.call(arena, pid, 0, 0, 0);
      if (process < 0) {
        return List.of();
      }
      int socket = (int) pidfdGetfd.call(arena, process, descriptor, 0, 0);
      LibC.close(process);
      if (socket < 0) {
        return List.of();
      }
      try {
        return uses(arena, socket);
      } finally {
        LibC.close(socket);
      }
    }
  }

  private static List<Use> uses(Arena arena, int socket) {
    var uses = new ArrayList<Use>();
    int domain = option(arena, socket, SO_DOMAIN);
    int type = option(arena, socket, SO_TYPE);
    boolean listens = option(arena, socket, SO_ACCEPTCONN) == 1;
    Optional<SocketAddress> own = name(arena, GETSOCKNAME, socket);
    Optional<SocketAddress> peer = name(arena, GETPEERNAME, socket);
    switch (domain) {
      case AF_UNIX -> {
        peer.map(Use.Reached::new).ifPresent(uses::add);
        // A datagram socket with a name is offered too; a stream that is connected has that of the
        // socket it came through.
        if (peer.isEmpty() && own.orElse(null) instanceof SocketAddress.Unix at) {
          uses.add(new Use.Offered(at));
        }
      }
      case AF_INET, AF_INET6 -> {
        if (type == SOCK_RAW) {
          uses.add(new Use.Family("raw packets"));
        } else if (own.orElse(null) instanceof SocketAddress.Internet at) {
          internet(uses, type, listens, at, peer);
        }
      }
      default -> {
        if (domain > 0) {
          uses.add(new Use.Family(CallRecord.family(domain)));
        }
      }
    }
    return uses;
  }

  private static void internet(
      List<Use> uses,
      int type,
      boolean listens,
      SocketAddress.Internet own,
      Optional<SocketAddress> peer) {
    // Which of both connected, the port of the other does not say; who listens is seen by itself.
    peer.filter(_ -> type == SOCK_DGRAM).map(Use.Reached::new).ifPresent(uses::add);
    if (type == SOCK_DGRAM && peer.orElse(null) instanceof SocketAddress.Internet there) {
      uses.add(new Use.Flow(Protocol.UDP, there, 0));
    }
    if (type == SOCK_STREAM && listens) {
      uses.add(new Use.Bound(Protocol.TCP, own));
    } else if (type == SOCK_STREAM && peer.orElse(null) instanceof SocketAddress.Internet there) {
      uses.addAll(SocketTables.connected(own, there));
    } else if (type == SOCK_DGRAM && peer.isEmpty() && own.port() != 0) {
      uses.add(new Use.Bound(Protocol.UDP, own));
    }
  }

  private static int option(Arena arena, int socket, int option) {
    MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
    MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, Integer.BYTES);
    int result =
        (int) GETSOCKOPT.call(socket, SOL_SOCKET, option, value.address(), size.address(), 0);
    return result < 0 ? -1 : value.get(ValueLayout.JAVA_INT, 0);
  }

  private static Optional<SocketAddress> name(Arena arena, WordCall function, int socket) {
    MemorySegment address = arena.allocate(ADDRESS, Long.BYTES);
    MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, ADDRESS);
    int result = (int) function.call(socket, address.address(), size.address());
    int length = Math.min(size.get(ValueLayout.JAVA_INT, 0), ADDRESS);
    return result < 0
        ? Optional.empty()
        : SocketAddress.parse(address.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
  }
}
