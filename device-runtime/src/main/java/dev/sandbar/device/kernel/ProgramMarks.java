package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the maps of BPF programs hold, as bytes: a program cannot be changed while it is loaded, and
 * what it lets through depends on nothing but its maps.
 *
 * <p>For one thread at a time.
 */
final class ProgramMarks {

  private static final long MAP_LOOKUP_ELEM = 1;
  private static final long MAP_GET_NEXT_KEY = 4;

  /** struct bpf_map_info up to its number of entries. */
  private static final long MAP_INFO_SIZE = 24;

  private static final long KEY_SIZE = 8;
  private static final long VALUE_SIZE = 12;
  private static final long MOST_ENTRIES_AT = 16;
  private static final int ARRAY = 2;
  private static final int LPM_TRIE = 11;
  private static final int MOST_SIZE = 64;
  private static final int MOST_ENTRIES = 1_024;

  /** What is remembered, far more than the maps of a device. */
  private static final int MOST_KNOWN = 2_000;

  private static final long KEY = 8;
  private static final long VALUE = 16;

  private final Bpf bpf;

  /** What a number is of does not change while it is in use, and no other gets it soon. */
  private final Map<Integer, Shape> shapes = new HashMap<>();

  private record Shape(int type, int key, int value, int entries) {
    boolean isReadable() {
      return (type == ARRAY || type == LPM_TRIE)
          && key > 0
          && key <= MOST_SIZE
          && value > 0
          && value <= MOST_SIZE
          && entries <= MOST_ENTRIES;
    }
  }

  ProgramMarks(Bpf bpf) {
    this.bpf = bpf;
  }

  /**
   * Collects the entries of maps.
   *
   * @return false if one of them cannot be read: nothing can be said of what it lets through
   */
  boolean collect(Arena arena, List<Integer> maps, RawFiles into) {
    for (int map : maps) {
      into.put(map);
      int fd = bpf.descriptor(arena, Bpf.MAP_GET_FD_BY_ID, map);
      if (fd < 0) {
        return false;
      }
      try {
        if (!collect(arena, map, fd, into)) {
          return false;
        }
      } finally {
        bpf.close(fd);
      }
    }
    return true;
  }

  private boolean collect(Arena arena, int map, int fd, RawFiles into) {
    Shape shape = shape(arena, map, fd);
    if (!shape.isReadable()) {
      return false;
    }
    MemorySegment key = arena.allocate(shape.key(), Long.BYTES);
    MemorySegment value = arena.allocate(shape.value(), Long.BYTES);
    MemorySegment attribute = arena.allocate(32, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, fd);
    attribute.set(ValueLayout.JAVA_LONG, VALUE, key.address());
    int left = shape.entries();
    // Each key is found by the one before it, the first by none.
    while (bpf.call(arena, MAP_GET_NEXT_KEY, attribute) == 0) {
      if (left-- == 0) {
        // Somebody changes it all the time.
        return false;
      }
      attribute.set(ValueLayout.JAVA_LONG, KEY, key.address());
      attribute.set(ValueLayout.JAVA_LONG, VALUE, value.address());
      if (bpf.call(arena, MAP_LOOKUP_ELEM, attribute) != 0) {
        return false;
      }
      into.put(key);
      into.put(value);
      attribute.set(ValueLayout.JAVA_LONG, VALUE, key.address());
    }
    return true;
  }

  private Shape shape(Arena arena, int map, int fd) {
    Shape known = shapes.get(map);
    if (known != null) {
      return known;
    }
    MemorySegment info = bpf.describe(arena, fd, arena.allocate(MAP_INFO_SIZE, Long.BYTES));
    var shape =
        new Shape(
            info.get(ValueLayout.JAVA_INT, 0),
            info.get(ValueLayout.JAVA_INT, KEY_SIZE),
            info.get(ValueLayout.JAVA_INT, VALUE_SIZE),
            info.get(ValueLayout.JAVA_INT, MOST_ENTRIES_AT));
    if (shapes.size() >= MOST_KNOWN) {
      shapes.clear();
    }
    shapes.put(map, shape);
    return shape;
  }
}
