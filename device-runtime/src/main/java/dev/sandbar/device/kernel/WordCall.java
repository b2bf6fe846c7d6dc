package dev.sandbar.device.kernel;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A function of the C library with whole numbers and addresses for arguments and result.
 *
 * <p>At each start the JVM generates code and a dozen classes for every signature. These functions
 * share one: in the calling conventions of 64-bit Linux each such argument takes a word, and a
 * function ignores the words after its last argument.
 */
final class WordCall {

  private static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG));

  private final String name;
  private final MemorySegment function;

  private WordCall(String name, MemorySegment function) {
    this.name = name;
    this.function = function;
  }

  /**
   * A function of the library.
   *
   * @throws IllegalStateException if it has none of that name
   */
  static WordCall of(String name) {
    return new WordCall(name, LibC.symbol(name));
  }

  /** Of a function that returns an int, the lower half of the result counts. */
  long call(long first) {
    return call(first, 0, 0, 0, 0, 0);
  }

  long call(long first, long second) {
    return call(first, second, 0, 0, 0, 0);
  }

  long call(long first, long second, long third) {
    return call(first, second, third, 0, 0, 0);
  }

  long call(long first, long second, long third, long fourth) {
    return call(first, second, third, fourth, 0, 0);
  }

  long call(long first, long second, long third, long fourth, long fifth, long sixth) {
    try {
      return (long) CALL.invokeExact(function, first, second, third, fourth, fifth, sixth);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(name + " threw", e);
    }
  }
}
