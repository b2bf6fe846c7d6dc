package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves of 127.0.0.53 nothing but the name service to everything below a cgroup. systemd's filters
 * know addresses and no ports, and whatever listens on all addresses of a device answers at that
 * one too.
 *
 * <p>Two small programs are attached to the cgroup (bpf(2)), one for each direction; the kernel
 * runs them beside those that systemd attaches to the services below, and a packet passes that all
 * of them let pass. They stay until the cgroup is removed, whatever becomes of this process.
 */
public final class StubFilter {

  private static final Logger LOG = LoggerFactory.getLogger(StubFilter.class);

  private static final long PROG_LOAD = 5;
  private static final long PROG_ATTACH = 8;
  private static final long PROG_GET_FD_BY_ID = 13;
  private static final long OBJ_GET_INFO_BY_FD = 15;
  private static final long PROG_QUERY = 16;
  private static final int CGROUP_SKB = 8;
  private static final int ALLOW_MULTI = 2;
  private static final int MOST_PROGRAMS = 64;
  private static final int NAME_LENGTH = 16;
  private static final int ENOENT = 2;

  /** Another program beside so many that nobody can name is more likely one too many than ours. */
  private static final int MOST_UNREADABLE = 4;

  /** Offsets in bpf_prog_info and in the member of bpf_attr that loads a program. */
  private static final long INFO_SIZE = 80;

  private static final long INFO_NAME = 64;
  private static final long LOAD_SIZE = 72;
  private static final long LOAD_NAME = 48;

  /** The two directions, by number of the attach type. */
  private enum Direction {
    /** From the stub: its address and port are the source. */
    INGRESS("sandbar_stub_in", 12, 0),
    /** To the stub: its address and port are the destination. */
    EGRESS("sandbar_stub_eg", 16, 2);

    private final String title;
    private final int address;
    private final int port;

    Direction(String title, int address, int port) {
      this.title = title;
      this.address = address;
      this.port = port;
    }
  }

  private final Bpf bpf;
  private boolean unreadable;

  private StubFilter(Bpf bpf) {
    this.bpf = bpf;
  }

  /** Empty where the system call cannot be made. */
  public static Optional<StubFilter> open() {
    return Bpf.open().map(StubFilter::new);
  }

  /**
   * Attaches what is not attached yet.
   *
   * @return whether both directions are held; not if there is no such cgroup
   */
  public boolean hold(Path cgroup) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = bpf.open(cgroup);
      if (fd < 0) {
        return false;
      }
      try {
        boolean held = true;
        for (Direction direction : Direction.values()) {
          held &= hold(arena, fd, direction);
        }
        return held;
      } finally {
        bpf.close(fd);
      }
    }
  }

  private boolean hold(Arena arena, int cgroup, Direction direction) {
    MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, MOST_PROGRAMS);
    MemorySegment query = arena.allocate(32, Long.BYTES);
    query.set(ValueLayout.JAVA_INT, 0, cgroup);
    query.set(ValueLayout.JAVA_INT, 4, direction.ordinal());
    query.set(ValueLayout.JAVA_LONG, 16, ids.address());
    query.set(ValueLayout.JAVA_INT, 24, MOST_PROGRAMS);
    int result = bpf.call(arena, PROG_QUERY, query);
    if (result < 0) {
      // Without this each sweep would attach another one.
      LOG.warn("filter={} action=query outcome=failed errno={}", direction.title, -result);
      return false;
    }
    int count = Math.min(MOST_PROGRAMS, query.get(ValueLayout.JAVA_INT, 24));
    var names = new ArrayList<Optional<String>>();
    for (int i = 0; i < count; i++) {
      names.add(name(arena, ids.getAtIndex(ValueLayout.JAVA_INT, i)));
    }
    if (!unreadable && names.stream().anyMatch(Optional::isEmpty)) {
      unreadable = true;
      LOG.warn(
          "filter={} action=query outcome=unknown a program cannot be opened", direction.title);
    }
    return isHeld(names, direction.title) || attach(arena, cgroup, direction);
  }

  /**
   * Whether a program is among those that are attached. One that cannot be opened may be ours or
   * somebody else's: another one does no harm, but the kernel takes 64 for all who attach any.
   *
   * @param names of the programs; empty for one that cannot be opened
   */
  static boolean isHeld(List<Optional<String>> names, String title) {
    return names.contains(Optional.of(title))
        || names.stream().filter(Optional::isEmpty).count() >= MOST_UNREADABLE;
  }

  /** What a program is called; empty if it cannot be opened. */
  private Optional<String> name(Arena arena, int id) {
    MemorySegment attribute = arena.allocate(16, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, id);
    int program = bpf.call(arena, PROG_GET_FD_BY_ID, attribute);
    if (program == -ENOENT) {
      // Gone meanwhile.
      return Optional.of("");
    }
    if (program < 0) {
      return Optional.empty();
    }
    try {
      MemorySegment info = arena.allocate(INFO_SIZE, Long.BYTES);
      MemorySegment query = arena.allocate(16, Long.BYTES);
      query.set(ValueLayout.JAVA_INT, 0, program);
      query.set(ValueLayout.JAVA_INT, 4, (int) INFO_SIZE);
      query.set(ValueLayout.JAVA_LONG, 8, info.address());
      return bpf.call(arena, OBJ_GET_INFO_BY_FD, query) < 0
          ? Optional.empty()
          : Optional.of(info.getString(INFO_NAME, StandardCharsets.US_ASCII));
    } finally {
      bpf.close(program);
    }
  }

  private boolean attach(Arena arena, int cgroup, Direction direction) {
    int program = load(arena, direction);
    if (program < 0) {
      LOG.warn("filter={} action=load outcome=failed errno={}", direction.title, -program);
      return false;
    }
    try {
      MemorySegment attribute = arena.allocate(24, Long.BYTES);
      attribute.set(ValueLayout.JAVA_INT, 0, cgroup);
      attribute.set(ValueLayout.JAVA_INT, 4, program);
      attribute.set(ValueLayout.JAVA_INT, 8, direction.ordinal());
      attribute.set(ValueLayout.JAVA_INT, 12, ALLOW_MULTI);
      int result = bpf.call(arena, PROG_ATTACH, attribute);
      if (result < 0) {
        LOG.warn("filter={} action=attach outcome=failed errno={}", direction.title, -result);
      }
      return result >= 0;
    } finally {
      bpf.close(program);
    }
  }

  private int load(Arena arena, Direction direction) {
    byte[] code = program(direction.address, direction.port);
    MemorySegment attribute = arena.allocate(LOAD_SIZE, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, CGROUP_SKB);
    attribute.set(ValueLayout.JAVA_INT, 4, code.length / 8);
    MemorySegment instructions = arena.allocate(code.length, Long.BYTES);
    instructions.copyFrom(MemorySegment.ofArray(code));
    attribute.set(ValueLayout.JAVA_LONG, 8, instructions.address());
    attribute.set(ValueLayout.JAVA_LONG, 16, arena.allocateFrom("MIT").address());
    byte[] name = direction.title.getBytes(StandardCharsets.US_ASCII);
    MemorySegment.copy(
        MemorySegment.ofArray(Arrays.copyOf(name, NAME_LENGTH - 1)),
        0,
        attribute,
        LOAD_NAME,
        NAME_LENGTH - 1);
    attribute.set(ValueLayout.JAVA_INT, 68, direction.ordinal());
    return bpf.call(arena, PROG_LOAD, attribute);
  }

  /**
   * In words: a packet of another protocol than IPv4, or with another address, passes; of the
   * others those pass that are TCP or UDP, no later fragment, and have port 53. Written for
   * processors that keep the lowest byte first, which are all that {@link Bpf} knows.
   *
   * @param address where the address stands in the header of IPv4
   * @param port where the port stands in the header of TCP and UDP
   */
  static byte[] program(int address, int port) {
    int allow = 30;
    int deny = 32;
    var code = ByteBuffer.allocate(34 * 8).order(ByteOrder.LITTLE_ENDIAN);
    put(code, 0xbf, 6, 1, 0, 0); // r6 = the packet
    put(code, 0x61, 2, 6, 16, 0); // r2 = its protocol
    jump(code, 0x55, 2, 0x0008, allow); // not IPv4
    loadBytes(code, 0, 20); // the header to the stack
    jump(code, 0x55, 0, 0, deny); // it has none
    put(code, 0x61, 2, 10, address - 24, 0);
    jump(code, 0x55, 2, 0x3500007f, allow); // not 127.0.0.53
    put(code, 0x69, 2, 10, 6 - 24, 0);
    put(code, 0x57, 2, 0, 0, 0xff1f);
    jump(code, 0x55, 2, 0, deny); // a later fragment, which has no port
    put(code, 0x71, 2, 10, 9 - 24, 0);
    put(code, 0x15, 2, 0, 1, 6); // TCP: go on
    jump(code, 0x55, 2, 17, deny); // nor UDP
    put(code, 0x71, 2, 10, -24, 0);
    put(code, 0x57, 2, 0, 0, 15);
    put(code, 0x67, 2, 0, 0, 2); // r2 = length of the header
    put(code, 0x07, 2, 0, 0, port);
    put(code, 0xbf, 1, 6, 0, 0);
    put(code, 0xbf, 3, 10, 0, 0);
    put(code, 0x07, 3, 0, 0, -24);
    put(code, 0xb7, 4, 0, 0, 2);
    put(code, 0x85, 0, 0, 0, 26); // the port to the stack
    jump(code, 0x55, 0, 0, deny);
    put(code, 0x69, 2, 10, -24, 0);
    jump(code, 0x55, 2, 0x3500, deny); // not port 53
    put(code, 0xb7, 0, 0, 0, 1);
    put(code, 0x95, 0, 0, 0, 0); // it passes
    put(code, 0xb7, 0, 0, 0, 0);
    put(code, 0x95, 0, 0, 0, 0); // it is dropped
    return code.array();
  }

  /** bpf_skb_load_bytes(packet, from, the stack, length). */
  private static void loadBytes(ByteBuffer code, int from, int length) {
    put(code, 0xbf, 1, 6, 0, 0);
    put(code, 0xb7, 2, 0, 0, from);
    put(code, 0xbf, 3, 10, 0, 0);
    put(code, 0x07, 3, 0, 0, -24);
    put(code, 0xb7, 4, 0, 0, length);
    put(code, 0x85, 0, 0, 0, 26);
  }

  private static void jump(ByteBuffer code, int operation, int register, int value, int to) {
    put(code, operation, register, 0, to - code.position() / 8 - 1, value);
  }

  private static void put(ByteBuffer code, int operation, int to, int from, int offset, int value) {
    code.put((byte) operation);
    code.put((byte) (from << 4 | to));
    code.putShort((short) offset);
    code.putInt(value);
  }
}
