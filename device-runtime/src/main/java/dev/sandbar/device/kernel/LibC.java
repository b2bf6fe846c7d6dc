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

  private static final MethodHandle OPEN =
      function(
          "open",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle SOCKET =
      function(
          "socket",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT));
  private static final MethodHandle SENDTO =
      function(
          "sendto",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT));

  private LibC() {}

  /**
   * A function of the library.
   *
   * @throws IllegalStateException if it has none of that name
   */
  static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    MemorySegment symbol =
        linker
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new IllegalStateException("the C library has no " + name));
    return linker.downcallHandle(symbol, descriptor, options);
  }

  /** open(2); negative if it failed. */
  static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) OPEN.invokeExact(arena.allocateFrom(path), flags);
    } catch (Throwable e) {
      throw thrown("open", e);
    }
  }

  /** close(2). */
  static void close(int fd) {
    try {
      int _ = (int) CLOSE.invokeExact(fd);
    } catch (Throwable e) {
      throw thrown("close", e);
    }
  }

  /** socket(2) with the only protocol of that family and type; negative if it failed. */
  static int socket(int family, int type) {
    return socket(family, type, 0);
  }

  /** socket(2); negative if it failed. */
  static int socket(int family, int type, int protocol) {
    try {
      return (int) SOCKET.invokeExact(family, type, protocol);
    } catch (Throwable e) {
      throw thrown("socket", e);
    }
  }

  /** sendto(2); negative if it failed. */
  static long send(int socket, byte[] message, int flags, byte[] address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, message);
      MemorySegment to = arena.allocateFrom(ValueLayout.JAVA_BYTE, address);
      return (long)
          SENDTO.invokeExact(socket, text, (long) message.length, flags, to, address.length);
    } catch (Throwable e) {
      throw thrown("sendto", e);
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
