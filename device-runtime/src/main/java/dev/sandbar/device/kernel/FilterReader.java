package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.CallFilter;
import dev.sandbar.core.attest.CallFilter.Instruction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the system call filters of a process from the kernel (ptrace(2),
 * PTRACE_SECCOMP_GET_FILTER). The process stands still meanwhile, for some milliseconds; it gets no
 * signal and goes on where it was.
 *
 * <p>The reader needs CAP_SYS_ADMIN and must have no filter of its own.
 */
final class FilterReader {

  private static final Logger LOG = LoggerFactory.getLogger(FilterReader.class);

  private static final long DETACH = 17;
  private static final long SEIZE = 0x4206;
  private static final long INTERRUPT = 0x4207;
  private static final long GET_FILTER = 0x420c;
  private static final long WNOHANG_ALL = 0x40000001L;
  private static final int EVENT_STOP = 128;
  private static final int ENOENT = 2;

  /** systemd makes some twenty, each for up to three architectures. */
  private static final int MOST_FILTERS = 256;

  /** A process that sleeps in the kernel stops when it wakes. */
  private static final Duration PATIENT = Duration.ofMillis(500);

  private final SystemCall ptrace;
  private final SystemCall wait;

  private FilterReader(SystemCall ptrace, SystemCall wait) {
    this.ptrace = ptrace;
    this.wait = wait;
  }

  /** Empty, with one line in the log, where the system calls cannot be made. */
  static Optional<FilterReader> open() {
    Optional<SystemCall> wait = SystemCall.open("wait4", 61, 260);
    return SystemCall.open("ptrace", 101, 117)
        .flatMap(ptrace -> wait.map(it -> new FilterReader(ptrace, it)));
  }

  /**
   * The filters of a process, the newest first.
   *
   * @return empty if they cannot be read: not allowed, traced by another, or gone
   */
  Optional<List<CallFilter>> read(int pid) {
    var result = new ArrayList<Optional<List<CallFilter>>>();
    // The kernel lets go of whatever a thread traces when that thread ends, however it ends.
    Thread tracer = Thread.ofPlatform().name("filters-" + pid).start(() -> result.add(trace(pid)));
    try {
      tracer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
    return result.isEmpty() ? Optional.empty() : result.getFirst();
  }

  private Optional<List<CallFilter>> trace(int pid) {
    try (Arena arena = Arena.ofConfined()) {
      long seized = ptrace.call(arena, SEIZE, pid, 0, 0);
      if (seized < 0) {
        LOG.warn("query=ptrace pid={} outcome=refused errno={}", pid, -seized);
        return Optional.empty();
      }
      ptrace.call(arena, INTERRUPT, pid, 0, 0);
      int status = stopped(arena, pid);
      if (status < 0) {
        return Optional.empty();
      }
      try {
        return filters(arena, pid);
      } finally {
        // A signal that came at this moment still has to get there.
        long signal = status >> 16 == EVENT_STOP ? 0 : (status >> 8) & 0xff;
        ptrace.call(arena, DETACH, pid, 0, signal);
      }
    }
  }

  /** The status with which it stopped; negative if it did not, or has ended. */
  private int stopped(Arena arena, int pid) {
    MemorySegment status = arena.allocate(ValueLayout.JAVA_INT);
    long end = System.nanoTime() + PATIENT.toNanos();
    while (System.nanoTime() < end) {
      long waited = wait.call(arena, pid, status.address(), WNOHANG_ALL, 0);
      if (waited == pid) {
        int how = status.get(ValueLayout.JAVA_INT, 0);
        return (how & 0xff) == 0x7f ? how : -1;
      }
      if (waited < 0 || Thread.interrupted()) {
        return -1;
      }
      Thread.onSpinWait();
    }
    return -1;
  }

  private Optional<List<CallFilter>> filters(Arena arena, int pid) {
    var filters = new ArrayList<CallFilter>();
    for (int index = 0; index < MOST_FILTERS; index++) {
      long count = ptrace.call(arena, GET_FILTER, pid, index, 0);
      if (count == -ENOENT) {
        return Optional.of(filters);
      }
      if (count < 0 || count > CallFilter.MOST_INSTRUCTIONS) {
        LOG.warn("query=ptrace pid={} outcome=refused errno={}", pid, -count);
        return Optional.empty();
      }
      MemorySegment image = arena.allocate(count * CallFilter.INSTRUCTION_SIZE, Long.BYTES);
      if (ptrace.call(arena, GET_FILTER, pid, index, image.address()) != count) {
        return Optional.empty();
      }
      filters.add(filter(image));
    }
    return Optional.empty();
  }

  /** Instructions of eight bytes, {@code struct sock_filter} of linux/filter.h. */
  private static CallFilter filter(MemorySegment image) {
    var program = new ArrayList<Instruction>();
    for (long at = 0; at < image.byteSize(); at += CallFilter.INSTRUCTION_SIZE) {
      program.add(
          new Instruction(
              Short.toUnsignedInt(image.get(ValueLayout.JAVA_SHORT, at)),
              Byte.toUnsignedInt(image.get(ValueLayout.JAVA_BYTE, at + 2)),
              Byte.toUnsignedInt(image.get(ValueLayout.JAVA_BYTE, at + 3)),
              image.get(ValueLayout.JAVA_INT, at + 4)));
    }
    return CallFilter.of(program);
  }
}
