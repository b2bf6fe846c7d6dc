package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One system call that the C library has no function for, or only one that hides its answer. */
final class SystemCall {

  private static final Logger LOG = LoggerFactory.getLogger(SystemCall.class);

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(StructLayout.PathElement.groupElement("errno"));

  private final String name;
  private final long number;

  private SystemCall(String name, long number) {
    this.name = name;
    this.number = number;
  }

  /** A constant, which the compiler calls without detours. */
  private static final class Linked {
    private static final MethodHandle SYSCALL = linked();
  }

  /**
   * The call of this machine.
   *
   * @param amd64 its number on x86-64
   * @param arm64 its number on 64-bit ARM
   * @return empty, with one line in the log, where it cannot be made
   */
  static Optional<SystemCall> open(String name, long amd64, long arm64) {
    String architecture = System.getProperty("os.arch", "");
    long number =
        switch (architecture) {
          case "amd64", "x86_64" -> amd64;
          case "aarch64", "arm64" -> arm64;
          default -> -1;
        };
    if (number < 0) {
      LOG.warn("query={} outcome=unknown reason=architecture architecture={}", name, architecture);
      return Optional.empty();
    }
    try {
      MethodHandles.lookup().ensureInitialized(Linked.class);
      return Optional.of(new SystemCall(name, number));
    } catch (IllegalAccessException | LinkageError e) {
      LOG.warn("query={} outcome=unknown reason=\"{}\"", name, e.getMessage());
      return Optional.empty();
    }
  }

  private static MethodHandle linked() {
    ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
    return LibC.function(
        "syscall",
        FunctionDescriptor.of(word, word, word, word, word, word),
        Linker.Option.firstVariadicArg(1),
        Linker.Option.captureCallState("errno"));
  }

  /**
   * Makes it. Addresses are those of memory that outlives the call.
   *
   * @return what the kernel returns; the negative errno if it refuses
   */
  long call(Arena arena, long first, long second, long third, long fourth) {
    return call(state(arena), first, second, third, fourth);
  }

  /** Memory for what only one call at a time may write to. */
  static MemorySegment state(Arena arena) {
    return arena.allocate(STATE);
  }

  /** The same, for whoever calls again and again and has such memory. */
  long call(MemorySegment state, long first, long second, long third, long fourth) {
    try {
      long result = (long) Linked.SYSCALL.invokeExact(state, number, first, second, third, fourth);
      return result < 0 ? -(int) ERRNO.get(state, 0L) : result;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(name + "(2) threw", e);
    }
  }
}
