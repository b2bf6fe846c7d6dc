package dev.sandbar.device.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A socket to the nftables of a network namespace (netlink(7), NETLINK_NETFILTER). It takes
 * CAP_NET_ADMIN.
 */
final class RuleSocket implements AutoCloseable {

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int NETLINK_NETFILTER = 12;
  private static final int NFNLGRP_NFTABLES = 7;
  private static final int SOL_SOCKET = 1;

  /** SO_RCVTIMEO, with the time_t of 64-bit machines. */
  private static final int RECEIVE_TIMEOUT = 20;

  /** Bytes for what is received: the kernel fills at most 32 KiB at once. */
  static final int BUFFER = 128 << 10;

  private static final WordCall SETSOCKOPT = WordCall.of("setsockopt");

  private final int descriptor;
  private final SystemCall read;
  private final SystemCall write;

  private RuleSocket(int descriptor, SystemCall read, SystemCall write) {
    this.descriptor = descriptor;
    this.read = read;
    this.write = write;
  }

  /**
   * A socket for questions, each of which is answered at once.
   *
   * @param process a directory of proc(5), whose network namespace is asked
   */
  static RuleSocket forQuestions(Path process) throws IOException {
    RuleSocket socket = open(process);
    try {
      socket.limitWaits();
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** A socket that receives a message of every change. */
  static RuleSocket forChanges(Path root) throws IOException {
    RuleSocket socket = open(root.resolve("proc/1"));
    try (Arena arena = Arena.ofConfined()) {
      // struct sockaddr_nl: the family, no number of our own, the groups.
      MemorySegment address = arena.allocate(12, Integer.BYTES);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
      address.set(ValueLayout.JAVA_INT, 8, 1 << (NFNLGRP_NFTABLES - 1));
      long refused =
          call("bind", 49, 200)
              .call(arena, socket.descriptor, address.address(), address.byteSize(), 0);
      if (refused != 0) {
        throw new IOException("bind(2) failed: errno " + -refused);
      }
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static RuleSocket open(Path process) throws IOException {
    SystemCall read = call("read", 0, 63);
    SystemCall write = call("write", 1, 64);
    int descriptor = descriptor(process.resolve("ns/net"));
    if (descriptor < 0) {
      throw new IOException("no socket of NETLINK_NETFILTER is given");
    }
    return new RuleSocket(descriptor, read, write);
  }

  private static SystemCall call(String name, long amd64, long arm64) throws IOException {
    return SystemCall.open(name, amd64, arm64)
        .orElseThrow(() -> new IOException(name + "(2) cannot be called"));
  }

  /** A socket belongs for good to the network namespace of the thread that makes it. */
  private static int descriptor(Path namespace) throws IOException {
    return NetworkEntry.call(namespace, RuleSocket::socket);
  }

  private static int socket() {
    return LibC.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  }

  /** So that a kernel which does not answer holds nobody up. */
  private void limitWaits() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocateFrom(ValueLayout.JAVA_LONG, 2L, 0L);
      int refused =
          (int)
              SETSOCKOPT.call(
                  descriptor, SOL_SOCKET, RECEIVE_TIMEOUT, time.address(), time.byteSize(), 0);
      if (refused != 0) {
        throw new IOException("setsockopt(2) refuses a timeout");
      }
    }
  }

  /** Sends a message to the kernel. */
  void send(byte[] message) throws IOException {
    try (Arena memory = Arena.ofConfined()) {
      MemorySegment bytes = memory.allocateFrom(ValueLayout.JAVA_BYTE, message);
      long sent = write.call(memory, descriptor, bytes.address(), message.length, 0);
      if (sent != message.length) {
        throw new IOException("write(2) failed: errno " + -sent);
      }
    }
  }

  /**
   * Waits for messages.
   *
   * @param buffer of {@link #BUFFER} bytes
   * @return some, in the buffer
   * @throws IOException if none came in time, or some were lost
   */
  ByteBuffer receive(MemorySegment buffer) throws IOException {
    try (Arena memory = Arena.ofConfined()) {
      long length = read.call(memory, descriptor, buffer.address(), BUFFER, 0);
      if (length < 0 || length == BUFFER) {
        throw new IOException("read(2) failed: errno " + -length);
      }
      return buffer.asSlice(0, length).asByteBuffer();
    }
  }

  /** Not while another thread sends or receives. */
  @Override
  public void close() {
    LibC.close(descriptor);
  }
}
