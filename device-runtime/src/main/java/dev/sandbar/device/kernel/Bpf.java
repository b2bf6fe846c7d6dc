package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/** The system call bpf(2); the process needs CAP_BPF and CAP_NET_ADMIN. */
final class Bpf {

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

  /** A descriptor of the directory of a cgroup; negative if there is none. */
  int open(Path cgroup) {
    return LibC.open(cgroup.toString(), O_RDONLY_CLOEXEC);
  }

  void close(int descriptor) {
    LibC.close(descriptor);
  }
}
