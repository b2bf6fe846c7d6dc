package dev.sandbar.device.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A Unix stream socket (unix(7)) of which the kernel says who is at the other end, which the
 * sockets of Java do not show. None of its calls waits. For one thread.
 */
public final class PeerSocket implements AutoCloseable {

  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int MSG_NOSIGNAL = 0x4000;

  /** {@code struct sockaddr_un}: the family, then the path with a zero at its end. */
  private static final int ADDRESS = 110;

  private static final int PATH = 2;

  /** {@code struct ucred}: process, user, group. */
  private static final int CREDENTIALS = 12;

  private static final WordCall BIND = WordCall.of("bind");
  private static final WordCall LISTEN = WordCall.of("listen");
  private static final WordCall ACCEPT = WordCall.of("accept4");
  private static final WordCall RECEIVE = WordCall.of("recv");
  private static final WordCall SEND = WordCall.of("send");

  private final int descriptor;

  private PeerSocket(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Who connected, as the kernel knows it from that moment.
   *
   * @param pid as the PID namespace of this process counts; 0 if it is not in it
   * @param uid as the user namespace of this process counts
   */
  public record Peer(int pid, int uid) {}

  /**
   * A socket that others connect to.
   *
   * @param path that does not exist yet
   * @param waiting connections at most that nobody has accepted yet
   * @throws IOException if the path is too long, or the kernel refuses
   */
  public static PeerSocket listen(String path, int waiting) throws IOException {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    if (name.length >= ADDRESS - PATH) {
      throw new IOException("too long for the path of a socket: " + path);
    }
    var socket = new PeerSocket(checked("socket", made()));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS, Short.BYTES);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, PATH, name.length);
      checked("bind", (int) BIND.call(socket.descriptor, address.address(), ADDRESS));
      checked("listen", (int) LISTEN.call(socket.descriptor, waiting));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static int made() {
    return LibC.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
  }

  private static int checked(String call, int result) throws IOException {
    if (result < 0) {
      throw new IOException(call + "(2) is refused");
    }
    return result;
  }

  /** The next connection; empty if none waits. */
  public Optional<PeerSocket> accept() {
    int accepted = (int) ACCEPT.call(descriptor, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return accepted < 0 ? Optional.empty() : Optional.of(new PeerSocket(accepted));
  }

  /** Who is at the other end of a connection; empty if the kernel does not say. */
  public Optional<Peer> peer() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found = arena.allocate(CREDENTIALS, Integer.BYTES);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, CREDENTIALS);
      int refused =
          (int)
              SocketView.GETSOCKOPT.call(
                  descriptor, SOL_SOCKET, SO_PEERCRED, found.address(), length.address(), 0);
      return refused != 0 || length.get(ValueLayout.JAVA_INT, 0) != CREDENTIALS
          ? Optional.empty()
          : Optional.of(
              new Peer(
                  found.get(ValueLayout.JAVA_INT, 0),
                  found.get(ValueLayout.JAVA_INT, Integer.BYTES)));
    }
  }

  /**
   * What has come in.
   *
   * @param most bytes at once
   * @return none if the other end has closed, or is gone
   */
  public byte[] receive(int most) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(most);
      long length = RECEIVE.call(descriptor, buffer.address(), most, MSG_NOSIGNAL);
      return length <= 0 ? new byte[0] : buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** Sends as much as the kernel takes at once, which a short answer never exceeds. */
  public void send(byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      long _ = SEND.call(descriptor, buffer.address(), bytes.length, MSG_NOSIGNAL);
    }
  }

  int descriptor() {
    return descriptor;
  }

  /** Once, and not while another thread uses it. */
  @Override
  public void close() {
    LibC.close(descriptor);
  }
}
