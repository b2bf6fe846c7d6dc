package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.BpfProgram;
import dev.sandbar.core.attest.BpfProgram.Entries;
import dev.sandbar.core.attest.BpfProgram.Instruction;
import dev.sandbar.core.attest.Contents;
import dev.sandbar.core.attest.ProgramAnswers;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads the programs on devices and on ports with their maps (bpf(2), BPF_OBJ_GET_INFO_BY_FD,
 * BPF_MAP_LOOKUP_ELEM), and finds out what they let through. The kernel cannot be asked to run
 * them.
 *
 * <p>A program cannot be changed while it is loaded, and its number is given to no other before all
 * numbers were used: it is read once. Its maps can be changed, and are read at each look.
 */
final class ListPrograms {

  private static final long MAP_LOOKUP_ELEM = 1;

  /** struct bpf_prog_info up to its maps. */
  private static final long INFO_SIZE = 64;

  private static final long CODE_SIZE = 20;
  private static final long CODE = 32;
  private static final long MAP_COUNT = 52;
  private static final long MAP_IDS = 56;

  /** struct bpf_map_info up to its number of entries. */
  private static final long MAP_INFO_SIZE = 24;

  private static final long KEY_SIZE = 8;
  private static final long VALUE_SIZE = 12;
  private static final long MOST_ENTRIES_AT = 16;
  private static final int ARRAY = 2;

  /** systemd's for a unit with 500 devices. */
  private static final int MOST_INSTRUCTIONS = 4096;

  private static final int MOST_MAPS = 8;
  private static final int MOST_VALUE = 64;

  /** systemd takes 128 rules. */
  private static final int MOST_ENTRIES = 256;

  /** What is remembered, far more than the programs of a device. */
  private static final int MOST_KNOWN = 2_000;

  private static final int IPV4 = 2;
  private static final int IPV6 = 10;

  private final Bpf bpf;
  private final SocketFields fields;
  private final Map<Integer, Code> codes = new HashMap<>();
  private final Map<Asked, Contents> answers = new HashMap<>();
  private final Map<Integer, Entries> maps = new HashMap<>();

  private record Code(List<Instruction> instructions, List<Integer> maps) {}

  private record Asked(CgroupProgram kind, List<BpfProgram> programs) {}

  /** The same by the programs' numbers and what their maps held: that is quick to compare. */
  private final Map<Loaded, Judged> judged = new HashMap<>();

  private record Loaded(CgroupProgram kind, List<Integer> ids) {}

  private record Judged(List<SortedMap<Integer, Entries>> maps, Contents contents) {}

  ListPrograms(Bpf bpf) {
    this.bpf = bpf;
    this.fields = new SocketFields(bpf);
  }

  /** A look at a cgroup begins: maps that two programs of it have in common are read once. */
  void begin() {
    maps.clear();
  }

  /** What all these programs of one kind let through together. */
  Contents read(Arena arena, CgroupProgram kind, List<Integer> ids) {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      return new Contents.Unjudged("programs for another order of bytes");
    }
    var codes = new ArrayList<Code>();
    var held = new ArrayList<SortedMap<Integer, Entries>>();
    for (int id : ids) {
      Optional<Code> code = code(arena, id);
      if (code.isEmpty()) {
        return new Contents.Unjudged("a program that cannot be read");
      }
      var arrays = new TreeMap<Integer, Entries>();
      for (int map : code.get().maps()) {
        entries(arena, map).ifPresent(it -> arrays.put(map, it));
      }
      codes.add(code.get());
      held.add(arrays);
    }
    var loaded = new Loaded(kind, List.copyOf(ids));
    Judged before = judged.get(loaded);
    if (before != null && before.maps().equals(held)) {
      return before.contents();
    }
    if (judged.size() >= MOST_KNOWN) {
      judged.clear();
    }
    Contents contents = contents(arena, kind, codes, held);
    judged.put(loaded, new Judged(List.copyOf(held), contents));
    return contents;
  }

  private Contents contents(
      Arena arena, CgroupProgram kind, List<Code> loaded, List<SortedMap<Integer, Entries>> held) {
    var programs = new ArrayList<BpfProgram>();
    for (int i = 0; i < loaded.size(); i++) {
      programs.add(new BpfProgram(loaded.get(i).instructions(), held.get(i)));
    }
    int protocol = kind == CgroupProgram.DEVICE ? 0 : fields.protocol(arena).orElse(-1);
    if (protocol < 0) {
      return new Contents.Unjudged("a kernel that does not show what programs on ports read");
    }
    if (answers.size() >= MOST_KNOWN) {
      answers.clear();
    }
    return answers.computeIfAbsent(
        new Asked(kind, List.copyOf(programs)), asked -> judge(asked, protocol));
  }

  private static Contents judge(Asked asked, int protocol) {
    Optional<ProgramAnswers> found =
        switch (asked.kind()) {
          case DEVICE -> ProgramAnswers.ofDevices(asked.programs());
          case BIND4 -> ProgramAnswers.ofPorts(asked.programs(), IPV4, protocol);
          case BIND6 -> ProgramAnswers.ofPorts(asked.programs(), IPV6, protocol);
          case INGRESS, EGRESS -> Optional.empty();
        };
    return found
        .<Contents>map(Contents.Known::new)
        .orElse(new Contents.Unjudged("a program that does what systemd's do not"));
  }

  private Optional<Code> code(Arena arena, int id) {
    Code known = codes.get(id);
    if (known != null) {
      return Optional.of(known);
    }
    int fd = bpf.descriptor(arena, Bpf.PROG_GET_FD_BY_ID, id);
    if (fd < 0) {
      return Optional.empty();
    }
    try {
      Optional<Code> code = code(arena, fd, arena.allocate(INFO_SIZE, Long.BYTES));
      if (codes.size() >= MOST_KNOWN) {
        codes.clear();
      }
      code.ifPresent(it -> codes.put(id, it));
      return code;
    } finally {
      bpf.close(fd);
    }
  }

  private Optional<Code> code(Arena arena, int fd, MemorySegment info) {
    int size = bpf.describe(arena, fd, info).get(ValueLayout.JAVA_INT, CODE_SIZE);
    if (size <= 0 || size > MOST_INSTRUCTIONS * Instruction.BYTES) {
      return Optional.empty();
    }
    MemorySegment code = arena.allocate(size, Long.BYTES);
    MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, MOST_MAPS);
    info.fill((byte) 0);
    info.set(ValueLayout.JAVA_INT, CODE_SIZE, size);
    info.set(ValueLayout.JAVA_LONG, CODE, code.address());
    info.set(ValueLayout.JAVA_INT, MAP_COUNT, MOST_MAPS);
    info.set(ValueLayout.JAVA_LONG, MAP_IDS, ids.address());
    bpf.describe(arena, fd, info);
    int count = info.get(ValueLayout.JAVA_INT, MAP_COUNT);
    // The kernel takes the address out where it shows nobody the instructions (bpf_jit_harden).
    if (info.get(ValueLayout.JAVA_INT, CODE_SIZE) != size
        || info.get(ValueLayout.JAVA_LONG, CODE) == 0
        || count > MOST_MAPS) {
      return Optional.empty();
    }
    var maps = new ArrayList<Integer>();
    for (int i = 0; i < count; i++) {
      maps.add(ids.getAtIndex(ValueLayout.JAVA_INT, i));
    }
    return Optional.of(
        new Code(Instruction.parse(code.toArray(ValueLayout.JAVA_BYTE)), List.copyOf(maps)));
  }

  private Optional<Entries> entries(Arena arena, int id) {
    Entries known = maps.get(id);
    if (known != null) {
      return Optional.of(known);
    }
    int fd = bpf.descriptor(arena, Bpf.MAP_GET_FD_BY_ID, id);
    if (fd < 0) {
      return Optional.empty();
    }
    try {
      MemorySegment info = bpf.describe(arena, fd, arena.allocate(MAP_INFO_SIZE, Long.BYTES));
      int size = info.get(ValueLayout.JAVA_INT, VALUE_SIZE);
      int count = info.get(ValueLayout.JAVA_INT, MOST_ENTRIES_AT);
      if (info.get(ValueLayout.JAVA_INT, 0) != ARRAY
          || info.get(ValueLayout.JAVA_INT, KEY_SIZE) != Integer.BYTES
          || size % Integer.BYTES != 0
          || size > MOST_VALUE
          || count > MOST_ENTRIES) {
        return Optional.empty();
      }
      Optional<Entries> entries = entries(arena, fd, size, count);
      entries.ifPresent(it -> maps.put(id, it));
      return entries;
    } finally {
      bpf.close(fd);
    }
  }

  private Optional<Entries> entries(Arena arena, int map, int size, int count) {
    MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
    MemorySegment value = arena.allocate(size, Long.BYTES);
    MemorySegment attribute = arena.allocate(32, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, map);
    attribute.set(ValueLayout.JAVA_LONG, 8, key.address());
    attribute.set(ValueLayout.JAVA_LONG, 16, value.address());
    var content = new ArrayList<Integer>();
    for (int i = 0; i < count; i++) {
      key.set(ValueLayout.JAVA_INT, 0, i);
      if (bpf.call(arena, MAP_LOOKUP_ELEM, attribute) != 0) {
        return Optional.empty();
      }
      for (int at = 0; at < size; at += Integer.BYTES) {
        content.add(value.get(ValueLayout.JAVA_INT, at));
      }
    }
    return Optional.of(new Entries(size / Integer.BYTES, content));
  }
}
