package dev.sandbar.device.kernel;

import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
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
import java.util.EnumSet;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the kernel which BPF programs are attached to a cgroup (bpf(2), BPF_PROG_QUERY). Nothing
 * else shows that IPAddressDeny, DevicePolicy or SocketBindDeny still hold: after {@code bpftool
 * cgroup detach} systemd's properties stay as they were.
 *
 * <p>The call goes through the C library with Java's foreign function interface; the process needs
 * CAP_NET_ADMIN and, to be spared a warning, {@code --enable-native-access}.
 */
public final class CgroupPrograms {

  private static final Logger LOG = LoggerFactory.getLogger(CgroupPrograms.class);

  private static final long BPF_PROG_QUERY = 16;
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int EINVAL = 22;

  /** The query member of union bpf_attr, up to prog_cnt and its padding. */
  private static final long ATTRIBUTE_SIZE = 32;

  private static final long TARGET_FD = 0;
  private static final long ATTACH_TYPE = 4;
  private static final long PROGRAM_COUNT = 24;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(StructLayout.PathElement.groupElement("errno"));

  private final long bpf;
  private final MethodHandle syscall;

  private CgroupPrograms(long bpf, MethodHandle syscall) {
    this.bpf = bpf;
    this.syscall = syscall;
  }

  /** Empty, with one line in the log, where the system call cannot be made. */
  public static Optional<CgroupPrograms> open() {
    String architecture = System.getProperty("os.arch", "");
    long bpf =
        switch (architecture) {
          case "amd64", "x86_64" -> 321;
          case "aarch64", "arm64" -> 280;
          default -> -1;
        };
    if (bpf < 0) {
      LOG.warn("query=bpf outcome=unknown reason=architecture architecture={}", architecture);
      return Optional.empty();
    }
    try {
      return Optional.of(linked(bpf));
    } catch (IllegalCallerException | UnsupportedOperationException | IllegalStateException e) {
      LOG.warn("query=bpf outcome=unknown reason=\"{}\"", e.getMessage());
      return Optional.empty();
    }
  }

  private static CgroupPrograms linked(long bpf) {
    AddressLayout pointer = ValueLayout.ADDRESS;
    ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
    return new CgroupPrograms(
        bpf,
        LibC.function(
            "syscall",
            FunctionDescriptor.of(word, word, word, pointer, word),
            Linker.Option.firstVariadicArg(1),
            Linker.Option.captureCallState("errno")));
  }

  /**
   * Kinds of program attached to this cgroup itself.
   *
   * @return empty if it could not be asked: no such cgroup, or not allowed
   */
  public Optional<SortedSet<CgroupProgram>> attached(Path cgroup) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = LibC.open(cgroup.toString(), O_RDONLY_CLOEXEC);
      if (fd < 0) {
        return Optional.empty();
      }
      try {
        var found = new TreeSet<CgroupProgram>();
        for (CgroupProgram kind : EnumSet.allOf(CgroupProgram.class)) {
          int count = count(arena, fd, kind);
          if (count < 0) {
            return Optional.empty();
          }
          if (count > 0) {
            found.add(kind);
          }
        }
        return Optional.of(found);
      } finally {
        LibC.close(fd);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("bpf(2) threw", e);
    }
  }

  /** How many programs; negative if it could not be asked. */
  private int count(Arena arena, int fd, CgroupProgram kind) throws Throwable {
    MemorySegment attribute = arena.allocate(ATTRIBUTE_SIZE, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, TARGET_FD, fd);
    attribute.set(ValueLayout.JAVA_INT, ATTACH_TYPE, attachType(kind));
    MemorySegment state = arena.allocate(STATE);
    long result = (long) syscall.invokeExact(state, bpf, BPF_PROG_QUERY, attribute, ATTRIBUTE_SIZE);
    if (result == 0) {
      return attribute.get(ValueLayout.JAVA_INT, PROGRAM_COUNT);
    }
    // A kernel that does not know this kind says EINVAL: then nothing of the kind is attached.
    return (int) ERRNO.get(state, 0L) == EINVAL ? 0 : -1;
  }

  /** From enum bpf_attach_type of linux/bpf.h. */
  private static int attachType(CgroupProgram kind) {
    return switch (kind) {
      case INGRESS -> 0;
      case EGRESS -> 1;
      case DEVICE -> 6;
      case BIND4 -> 8;
      case BIND6 -> 9;
    };
  }
}
