package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The calls of the C library that Java has no class for, by Java's foreign function interface. To
 * be spared a warning the process needs {@code --enable-native-access}.
 */
final class LibC {

  private static final WordCall OPEN = WordCall.of("open");
  private static final WordCall CLOSE = WordCall.of("close");
  private static final WordCall SOCKET = WordCall.of("socket");
  private static final WordCall SENDTO = WordCall.of("sendto");

  private LibC() {}

  /**
   * A function of the library.
   *
   * @throws IllegalStateException if it has none of that name
   */
  static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return Linker.nativeLinker().downcallHandle(symbol(name), descriptor, options);
  }

  /**
   * Where a function of the library is.
   *
   * @throws IllegalStateException if it has none of that name
   */
  static MemorySegment symbol(String name) {
    return Linker.nativeLinker()
        .defaultLookup()
        .find(name)
        .orElseThrow(() -> new IllegalStateException("the C library has no " + name));
  }

  /** open(2); negative if it failed. */
  static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) OPEN.call(arena.allocateFrom(path).address(), flags);
    }
  }

  /** close(2). */
  static void close(int fd) {
    long _ = CLOSE.call(fd);
  }

  /** socket(2) with the only protocol of that family and type; negative if it failed. */
  static int socket(int family, int type) {
    return socket(family, type, 0);
  }

  /** socket(2); negative if it failed. */
  static int socket(int family, int type, int protocol) {
    return (int) SOCKET.call(family, type, protocol);
  }

  /** sendto(2); negative if it failed. */
  static long send(int socket, byte[] message, int flags, byte[] address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, message);
      MemorySegment to = arena.allocateFrom(ValueLayout.JAVA_BYTE, address);
      return SENDTO.call(
          socket, text.address(), message.length, flags, to.address(), address.length);
    }
  }

  /** What a call of a function threw, which none does. */
  static IllegalStateException thrown(String name, Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(name + " threw", e);
  }
}
