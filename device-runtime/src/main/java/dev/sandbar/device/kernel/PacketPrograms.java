package dev.sandbar.device.kernel;

import dev.sandbar.core.model.Cidr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * Asks BPF programs on packets what they let through, by giving them packets (bpf(2),
 * BPF_PROG_TEST_RUN): nothing is sent. So it does not matter whose program it is and what its maps
 * hold. The packets come from and go to the addresses that are asked about and to those that the
 * maps of the program have entries for.
 */
final class PacketPrograms {

  private static final long MAP_GET_NEXT_KEY = 4;
  private static final long PROG_TEST_RUN = 10;

  /** struct bpf_prog_info up to its name. */
  private static final long PROGRAM_INFO_SIZE = 80;

  private static final long MAP_COUNT = 52;
  private static final long MAP_IDS = 56;
  private static final long NAME = 64;
  private static final int NAME_LENGTH = 16;

  /** struct bpf_map_info up to the size of a value. */
  private static final long MAP_INFO_SIZE = 16;

  private static final long KEY_SIZE = 8;
  private static final int LPM_TRIE = 11;

  /** Members of union bpf_attr for a test run. */
  private static final long RUN_SIZE = 80;

  private static final long RUN_RESULT = 4;
  private static final long RUN_BYTES = 8;
  private static final long RUN_DATA = 16;
  private static final long RUN_REPEAT = 32;

  private static final int ETHERNET = 14;
  private static final int PACKET = ETHERNET + 60;
  private static final int V4_ADDRESSES = ETHERNET + 12;
  private static final int V6_ADDRESSES = ETHERNET + 8;
  private static final byte TCP = 6;

  /** systemd makes two maps of each kind of list. */
  private static final int MOST_MAPS = 16;

  /** Somebody else's map may have any number. */
  private static final int MOST_KEYS = 256;

  /** What is remembered, far more than a device has. */
  private static final int MOST_KNOWN = 2_000;

  private final Bpf bpf;

  /** What a number is of does not change while it is in use, and no other gets it soon. */
  private final Map<Integer, Program> programs = new HashMap<>();

  private final Map<SortedSet<String>, List<Packet>> packets = new HashMap<>();

  private record Program(String name, List<Integer> maps) {
    static final Program UNKNOWN = new Program("", List.of());
  }

  /**
   * From an address to the same one: programs look at the one or the other.
   *
   * @param address for people
   */
  private record Packet(String address, byte[] bytes) {
    static Packet of(Cidr address) {
      String text = address.toString();
      return new Packet(text.substring(0, text.indexOf('/')), packet(address.bytes()));
    }
  }

  PacketPrograms(Bpf bpf) {
    this.bpf = bpf;
  }

  /** The name of a program; empty if it has none, or it may not be asked. */
  String name(Arena arena, int id) {
    Program known = programs.get(id);
    if (known != null) {
      return known.name();
    }
    int fd = bpf.descriptor(arena, Bpf.PROG_GET_FD_BY_ID, id);
    if (fd < 0) {
      return "";
    }
    try {
      return program(arena, id, fd).name();
    } finally {
      bpf.close(fd);
    }
  }

  /** Numbers of the maps of a program; empty if it may not be asked. */
  Optional<List<Integer>> maps(Arena arena, int id) {
    Program known = programs.get(id);
    if (known == null) {
      name(arena, id);
      known = programs.get(id);
    }
    return known == null || known.maps().size() == MOST_MAPS
        ? Optional.empty()
        : Optional.of(known.maps());
  }

  private Program program(Arena arena, int id, int fd) {
    Program known = programs.get(id);
    if (known != null) {
      return known;
    }
    MemorySegment maps = arena.allocate(ValueLayout.JAVA_INT, MOST_MAPS);
    MemorySegment info = arena.allocate(PROGRAM_INFO_SIZE, Long.BYTES);
    info.set(ValueLayout.JAVA_INT, MAP_COUNT, MOST_MAPS);
    info.set(ValueLayout.JAVA_LONG, MAP_IDS, maps.address());
    if (!bpf.isDescribed(arena, fd, info)) {
      return Program.UNKNOWN;
    }
    int count = Math.min(MOST_MAPS, info.get(ValueLayout.JAVA_INT, MAP_COUNT));
    var numbers = new ArrayList<Integer>();
    for (int i = 0; i < count; i++) {
      numbers.add(maps.getAtIndex(ValueLayout.JAVA_INT, i));
    }
    byte[] name = info.asSlice(NAME, NAME_LENGTH).toArray(ValueLayout.JAVA_BYTE);
    var program =
        new Program(
            new String(name, StandardCharsets.US_ASCII).split("\0", 2)[0], List.copyOf(numbers));
    if (programs.size() >= MOST_KNOWN) {
      programs.clear();
    }
    programs.put(id, program);
    return program;
  }

  /**
   * Whether packets of each address get through all of these programs.
   *
   * @return empty if one of them could not be asked
   */
  SortedMap<String, Boolean> verdicts(Arena arena, List<Integer> ids, SortedSet<String> addresses) {
    var descriptors = new ArrayList<Integer>();
    try {
      var all = new ArrayList<>(packets(addresses));
      for (int id : ids) {
        int fd = bpf.descriptor(arena, Bpf.PROG_GET_FD_BY_ID, id);
        if (fd < 0) {
          return new TreeMap<>();
        }
        descriptors.add(fd);
        inMaps(arena, program(arena, id, fd).maps()).forEach(it -> all.add(Packet.of(it)));
      }
      var verdicts = new TreeMap<String, Boolean>();
      MemorySegment data = arena.allocate(PACKET, Long.BYTES);
      MemorySegment attribute = arena.allocate(RUN_SIZE, Long.BYTES);
      for (Packet packet : all) {
        if (verdicts.containsKey(packet.address())) {
          continue;
        }
        data.copyFrom(MemorySegment.ofArray(packet.bytes()));
        boolean through = true;
        for (int fd : descriptors) {
          long result = run(arena, fd, data, attribute);
          if (result < 0) {
            return new TreeMap<>();
          }
          through &= (result & 1) == 1;
        }
        verdicts.put(packet.address(), through);
      }
      return verdicts;
    } finally {
      descriptors.forEach(bpf::close);
    }
  }

  /** Apps have the same few sets of addresses. */
  private List<Packet> packets(SortedSet<String> addresses) {
    if (packets.size() >= MOST_KNOWN) {
      packets.clear();
    }
    return packets.computeIfAbsent(
        addresses,
        all -> all.stream().flatMap(it -> Cidr.parse(it).stream()).map(Packet::of).toList());
  }

  /** The first address of each prefix that maps have an entry for. */
  private Collection<Cidr> inMaps(Arena arena, List<Integer> maps) {
    var found = new ArrayList<Cidr>();
    for (int map : maps) {
      int fd = bpf.descriptor(arena, Bpf.MAP_GET_FD_BY_ID, map);
      if (fd >= 0) {
        try {
          keys(arena, fd, found);
        } finally {
          bpf.close(fd);
        }
      }
    }
    return found;
  }

  private void keys(Arena arena, int map, List<Cidr> found) {
    MemorySegment info = bpf.describe(arena, map, arena.allocate(MAP_INFO_SIZE, Long.BYTES));
    int size = info.get(ValueLayout.JAVA_INT, KEY_SIZE);
    if (info.get(ValueLayout.JAVA_INT, 0) != LPM_TRIE
        || (size != Integer.BYTES + 4 && size != Integer.BYTES + 16)) {
      return;
    }
    MemorySegment key = arena.allocate(size, Long.BYTES);
    MemorySegment attribute = arena.allocate(24, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, map);
    attribute.set(ValueLayout.JAVA_LONG, 16, key.address());
    for (int i = 0; i < MOST_KEYS && bpf.call(arena, MAP_GET_NEXT_KEY, attribute) == 0; i++) {
      byte[] bytes =
          key.asSlice(Integer.BYTES, size - Integer.BYTES).toArray(ValueLayout.JAVA_BYTE);
      found.add(Cidr.of(bytes, bytes.length * 8));
      attribute.set(ValueLayout.JAVA_LONG, 8, key.address());
    }
  }

  /** The program's answer; negative if it could not be run. */
  private long run(Arena arena, int program, MemorySegment data, MemorySegment attribute) {
    attribute.fill((byte) 0);
    attribute.set(ValueLayout.JAVA_INT, 0, program);
    attribute.set(ValueLayout.JAVA_INT, RUN_BYTES, (int) data.byteSize());
    attribute.set(ValueLayout.JAVA_LONG, RUN_DATA, data.address());
    attribute.set(ValueLayout.JAVA_INT, RUN_REPEAT, 1);
    int result = bpf.call(arena, PROG_TEST_RUN, attribute);
    return result < 0
        ? result
        : Integer.toUnsignedLong(attribute.get(ValueLayout.JAVA_INT, RUN_RESULT));
  }

  private static byte[] packet(byte[] address) {
    boolean v4 = address.length == 4;
    byte[] packet = new byte[PACKET];
    packet[12] = (byte) (v4 ? 0x08 : 0x86);
    packet[13] = (byte) (v4 ? 0x00 : 0xdd);
    packet[ETHERNET] = (byte) (v4 ? 0x45 : 0x60);
    packet[ETHERNET + (v4 ? 9 : 6)] = TCP;
    int at = v4 ? V4_ADDRESSES : V6_ADDRESSES;
    System.arraycopy(address, 0, packet, at, address.length);
    System.arraycopy(address, 0, packet, at + address.length, address.length);
    return packet;
  }
}
