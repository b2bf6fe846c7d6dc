package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Set;

/**
 * Which BPF programs the kernel has of the kinds that can be attached to a cgroup where systemd
 * attaches nothing (bpf(2), BPF_PROG_GET_NEXT_ID). Most devices have none, and then no cgroup has
 * to be asked about these places.
 *
 * <p>Numbers of programs grow, until all of them were used: a look goes on where the last one
 * ended. What a number is of does not change while it is in use.
 */
final class LoadedPrograms {

  private static final long GET_NEXT_ID = 11;
  private static final long NEXT_ID = 4;
  private static final int ENOENT = 2;

  /** Type of a program, at the beginning of struct bpf_prog_info. */
  private static final long INFO_SIZE = 8;

  /**
   * Of enum bpf_prog_type of linux/bpf.h: CGROUP_SOCK, SOCK_OPS, CGROUP_SOCK_ADDR, CGROUP_SYSCTL,
   * CGROUP_SOCKOPT.
   */
  private static final Set<Integer> TYPES = Set.of(9, 13, 18, 23, 25);

  private final Bpf bpf;

  /** Programs of these types that may be attached anywhere. */
  private final Set<Integer> loose = new HashSet<>();

  /** Those that systemd's filters of ports are: they can be attached nowhere else. */
  private final Set<Integer> bound = new HashSet<>();

  private int last;
  private boolean unknown = true;

  LoadedPrograms(Bpf bpf) {
    this.bpf = bpf;
  }

  /** A look at the device begins. */
  void begin() {
    try (Arena arena = new Slices()) {
      unknown = !scan(arena);
      // Each start of an app with ports loads two: what is gone would fill the heap.
      loose.removeIf(id -> isGone(arena, id));
    }
  }

  /** Whether a cgroup may have one on its sockets at all. */
  boolean any() {
    return unknown || !loose.isEmpty();
  }

  /** Whether a cgroup may have a program where systemd attaches none. */
  boolean others() {
    return unknown || !bound.containsAll(loose);
  }

  /**
   * A program was seen where sockets are bound. The kernel attaches a program of that type only
   * where it was loaded for (its expected_attach_type).
   */
  void seenAtBind(int id) {
    if (loose.contains(id)) {
      bound.add(id);
    }
  }

  /** Whether all programs are known now. */
  private boolean scan(Arena arena) {
    MemorySegment attribute = arena.allocate(16, Long.BYTES);
    while (true) {
      attribute.set(ValueLayout.JAVA_INT, 0, last);
      int result = bpf.call(arena, GET_NEXT_ID, attribute);
      if (result != 0) {
        return result == -ENOENT;
      }
      int id = attribute.get(ValueLayout.JAVA_INT, NEXT_ID);
      int fd = bpf.descriptor(arena, Bpf.PROG_GET_FD_BY_ID, id);
      if (fd >= 0) {
        try {
          MemorySegment info = bpf.describe(arena, fd, arena.allocate(INFO_SIZE, Long.BYTES));
          if (TYPES.contains(info.get(ValueLayout.JAVA_INT, 0))) {
            loose.add(id);
          }
        } finally {
          bpf.close(fd);
        }
      } else if (fd != -ENOENT) {
        return false;
      }
      last = id;
    }
  }

  private boolean isGone(Arena arena, int id) {
    int fd = bpf.descriptor(arena, Bpf.PROG_GET_FD_BY_ID, id);
    if (fd >= 0) {
      bpf.close(fd);
      return false;
    }
    if (fd == -ENOENT) {
      bound.remove(id);
      return true;
    }
    return false;
  }
}
