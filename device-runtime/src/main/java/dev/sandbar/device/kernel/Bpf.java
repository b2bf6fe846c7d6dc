package dev.sandbar.device.kernel;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The system call bpf(2); the process needs CAP_BPF and CAP_NET_ADMIN. */
final class Bpf {

  private static final Logger LOG = LoggerFactory.getLogger(Bpf.class);

  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(StructLayout.PathElement.groupElement("errno"));

  private final long number;
  private final MethodHandle syscall;

  private Bpf(long number, MethodHandle syscall) {
    this.number = number;
    this.syscall = syscall;
  }

  /** Empty, with one line in the log, where the system call cannot be made. */
  static Optional<Bpf> open() {
    String architecture = System.getProperty("os.arch", "");
    long number =
        switch (architecture) {
          case "amd64", "x86_64" -> 321;
          case "aarch64", "arm64" -> 280;
          default -> -1;
        };
    if (number < 0) {
      LOG.warn("query=bpf outcome=unknown reason=architecture architecture={}", architecture);
      return Optional.empty();
    }
    try {
      return Optional.of(linked(number));
    } catch (IllegalCallerException | UnsupportedOperationException | IllegalStateException e) {
      LOG.warn("query=bpf outcome=unknown reason=\"{}\"", e.getMessage());
      return Optional.empty();
    }
  }

  private static Bpf linked(long number) {
    AddressLayout pointer = ValueLayout.ADDRESS;
    ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
    return new Bpf(
        number,
        LibC.function(
            "syscall",
            FunctionDescriptor.of(word, word, word, pointer, word),
            Linker.Option.firstVariadicArg(1),
            Linker.Option.captureCallState("errno")));
  }

  /**
   * One call.
   *
   * @return what the kernel returns; the negative errno if it refuses
   */
  int call(Arena arena, long command, MemorySegment attribute) {
    MemorySegment state = arena.allocate(STATE);
    try {
      long result =
          (long) syscall.invokeExact(state, number, command, attribute, attribute.byteSize());
      return result < 0 ? -(int) ERRNO.get(state, 0L) : (int) result;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("bpf(2) threw", e);
    }
  }

  /** A descriptor of the directory of a cgroup; negative if there is none. */
  int open(Path cgroup) {
    return LibC.open(cgroup.toString(), O_RDONLY_CLOEXEC);
  }

  void close(int descriptor) {
    LibC.close(descriptor);
  }
}
