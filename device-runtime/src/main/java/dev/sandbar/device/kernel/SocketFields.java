package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.BpfProgram.Instruction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalInt;

/**
 * Where this kernel's struct sock has what a program on ports asks for. The instructions of a
 * loaded program name that place and not the field, so a program that reads the field is loaded,
 * read back and dropped; it is attached to nothing.
 */
final class SocketFields {

  private static final long PROG_LOAD = 5;

  /** Members of union bpf_attr up to expected_attach_type. */
  private static final long LOAD_SIZE = 72;

  private static final long COUNT = 4;
  private static final long CODE = 8;
  private static final long LICENSE = 16;
  private static final long ATTACH_TYPE = 68;

  private static final int CGROUP_SOCK_ADDR = 18;
  private static final int INET4_BIND = 8;

  /** r0 = ctx->protocol (struct bpf_sock_addr of linux/bpf.h); r0 &= 1; exit. */
  private static final long[] PROGRAM = {0x0000_0000_0024_1061L, 0x0000_0001_0000_0057L, 0x95L};

  private static final int LOAD_16 = 0x69;

  private static final long INFO_SIZE = 64;
  private static final long SIZE = 20;
  private static final long INSTRUCTIONS = 32;

  private final Bpf bpf;
  private OptionalInt protocol = OptionalInt.empty();

  SocketFields(Bpf bpf) {
    this.bpf = bpf;
  }

  /** Where the protocol stands; empty if the kernel does not let it be seen. */
  OptionalInt protocol(Arena arena) {
    if (protocol.isEmpty()) {
      protocol = read(arena);
    }
    return protocol;
  }

  private OptionalInt read(Arena arena) {
    MemorySegment attribute = arena.allocate(LOAD_SIZE, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, CGROUP_SOCK_ADDR);
    attribute.set(ValueLayout.JAVA_INT, COUNT, PROGRAM.length);
    attribute.set(
        ValueLayout.JAVA_LONG, CODE, arena.allocateFrom(ValueLayout.JAVA_LONG, PROGRAM).address());
    attribute.set(ValueLayout.JAVA_LONG, LICENSE, arena.allocateFrom("GPL").address());
    attribute.set(ValueLayout.JAVA_INT, ATTACH_TYPE, INET4_BIND);
    int fd = bpf.call(arena, PROG_LOAD, attribute);
    if (fd < 0) {
      return OptionalInt.empty();
    }
    try {
      MemorySegment code = arena.allocate(8L * Instruction.BYTES, Long.BYTES);
      MemorySegment info = arena.allocate(INFO_SIZE, Long.BYTES);
      info.set(ValueLayout.JAVA_INT, SIZE, (int) code.byteSize());
      info.set(ValueLayout.JAVA_LONG, INSTRUCTIONS, code.address());
      bpf.describe(arena, fd, info);
      List<Instruction> read = Instruction.parse(code.toArray(ValueLayout.JAVA_BYTE));
      // First the address of the socket, then what stands there.
      return read.get(1).code() == LOAD_16
          ? OptionalInt.of(read.get(1).offset())
          : OptionalInt.empty();
    } finally {
      bpf.close(fd);
    }
  }
}
