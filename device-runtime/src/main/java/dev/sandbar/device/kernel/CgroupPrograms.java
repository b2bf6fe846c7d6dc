package dev.sandbar.device.kernel;

import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Asks the kernel which BPF programs are attached to a cgroup (bpf(2), BPF_PROG_QUERY). Nothing
 * else shows that IPAddressDeny, DevicePolicy or SocketBindDeny still hold: after {@code bpftool
 * cgroup detach} systemd's properties stay as they were.
 */
public final class CgroupPrograms {

  private static final long BPF_PROG_QUERY = 16;
  private static final int EINVAL = 22;

  /** The query member of union bpf_attr, up to prog_cnt and its padding. */
  private static final long ATTRIBUTE_SIZE = 32;

  private static final long TARGET_FD = 0;
  private static final long ATTACH_TYPE = 4;
  private static final long PROGRAM_COUNT = 24;

  private final Bpf bpf;

  private CgroupPrograms(Bpf bpf) {
    this.bpf = bpf;
  }

  /** Empty, with one line in the log, where the system call cannot be made. */
  public static Optional<CgroupPrograms> open() {
    return Bpf.open().map(CgroupPrograms::new);
  }

  /**
   * Kinds of program attached to this cgroup itself.
   *
   * @return empty if it could not be asked: no such cgroup, or not allowed
   */
  public Optional<SortedSet<CgroupProgram>> attached(Path cgroup) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = bpf.open(cgroup);
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
        bpf.close(fd);
      }
    }
  }

  /** How many programs; negative if it could not be asked. */
  private int count(Arena arena, int fd, CgroupProgram kind) {
    MemorySegment attribute = arena.allocate(ATTRIBUTE_SIZE, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, TARGET_FD, fd);
    attribute.set(ValueLayout.JAVA_INT, ATTACH_TYPE, attachType(kind));
    int result = bpf.call(arena, BPF_PROG_QUERY, attribute);
    if (result == 0) {
      return attribute.get(ValueLayout.JAVA_INT, PROGRAM_COUNT);
    }
    // A kernel that does not know this kind says EINVAL: then nothing of the kind is attached.
    return result == -EINVAL ? 0 : -1;
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
