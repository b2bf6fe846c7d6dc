package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

/** The system call bpf(2); the process needs CAP_BPF and CAP_NET_ADMIN. */
final class Bpf {

  /** Commands (enum bpf_cmd of linux/bpf.h) that give a descriptor of what has a number. */
  static final long PROG_GET_FD_BY_ID = 13;

  static final long MAP_GET_FD_BY_ID = 14;

  private static final long OBJ_GET_INFO_BY_FD = 15;
  private static final int O_RDONLY_CLOEXEC = 0x80000;

  private final SystemCall bpf;

  private Bpf(SystemCall bpf) {
    this.bpf = bpf;
  }

  /** Empty, with one line in the log, where the system call cannot be made. */
  static Optional<Bpf> open() {
    return SystemCall.open("bpf", 321, 280).map(Bpf::new);
  }

  /**
   * One call.
   *
   * @return what the kernel returns; the negative errno if it refuses
   */
  int call(Arena arena, long command, MemorySegment attribute) {
    return (int) bpf.call(arena, command, attribute.address(), attribute.byteSize(), 0);
  }

  /** The same, with {@link SystemCall#state}. */
  int call(MemorySegment state, long command, MemorySegment attribute) {
    return (int) bpf.call(state, command, attribute.address(), attribute.byteSize(), 0);
  }

  /** A descriptor of a program or a map by its number; negative if there is none. */
  int descriptor(Arena arena, long command, int id) {
    MemorySegment attribute = arena.allocate(16, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, id);
    return call(arena, command, attribute);
  }

  /**
   * Has the kernel fill in a description.
   *
   * @param info as far as the caller wants it; all zero afterwards if the kernel refuses
   */
  MemorySegment describe(Arena arena, int fd, MemorySegment info) {
    return isDescribed(arena, fd, info) ? info : info.fill((byte) 0);
  }

  /** Has the kernel fill in a description; false if it refuses. */
  boolean isDescribed(Arena arena, int fd, MemorySegment info) {
    MemorySegment attribute = arena.allocate(16, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, fd);
    attribute.set(ValueLayout.JAVA_INT, 4, (int) info.byteSize());
    attribute.set(ValueLayout.JAVA_LONG, 8, info.address());
    return call(arena, OBJ_GET_INFO_BY_FD, attribute) == 0;
  }

  /** A descriptor of the directory of a cgroup; negative if there is none. */
  int open(Path cgroup) {
    return LibC.open(cgroup.toString(), O_RDONLY_CLOEXEC);
  }

  void close(int descriptor) {
    LibC.close(descriptor);
  }
}
