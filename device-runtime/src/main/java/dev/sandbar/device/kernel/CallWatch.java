package dev.sandbar.device.kernel;

import dev.sandbar.core.denial.RefusedCall;
import dev.sandbar.core.learn.CallRecord;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Watches which system calls the processes below a cgroup make, from outside: nothing is traced,
 * stopped or slowed down but for the noting itself. It ends with this object, or with this process.
 *
 * <p>It takes CAP_BPF and CAP_PERFMON, and a kernel from 5.5 on.
 */
final class CallWatch implements AutoCloseable {

  /** Commands (enum bpf_cmd of linux/bpf.h). */
  private static final long MAP_CREATE = 0;

  private static final long MAP_LOOKUP = 1;
  private static final long MAP_UPDATE = 2;
  private static final long MAP_NEXT_KEY = 4;
  private static final long PROG_LOAD = 5;
  private static final long RAW_TRACEPOINT_OPEN = 17;

  private static final int ARRAY = 2;
  private static final int CGROUP_ARRAY = 8;

  /** Forgets what was not seen for the longest time: a service may open any number of files. */
  private static final int LRU_HASH = 9;

  private static final int RAW_TRACEPOINT = 17;

  private static final int MOST_RECORDS = 8192;
  private static final int ATTRIBUTE = 72;

  private final Bpf bpf;
  private final Map<Integer, String> names = new HashMap<>();
  private final List<Integer> descriptors = new ArrayList<>();
  private CallWatchProgram.Maps maps = new CallWatchProgram.Maps(0, 0, 0, false, 0, 0);

  private CallWatch(Bpf bpf) {
    this.bpf = bpf;
  }

  /**
   * Begins to watch, once it is {@linkplain #moveTo moved} to a cgroup.
   *
   * @param numbers of the system calls of this machine, by name
   * @param refusals whether calls that are refused are watched, and no others
   * @throws IOException if the kernel does not let it, with the reason
   */
  static CallWatch begin(Map<String, Integer> numbers, boolean refusals) throws IOException {
    return begin(System.getProperty("os.arch", ""), numbers, refusals);
  }

  static CallWatch begin(String architecture, Map<String, Integer> numbers, boolean refusals)
      throws IOException {
    Bpf bpf = Bpf.open().orElseThrow(() -> new IOException("bpf(2) cannot be called here"));
    var watch = new CallWatch(bpf);
    try (Arena arena = Arena.ofConfined()) {
      watch.load(arena, architecture, numbers, refusals);
    } catch (IOException | RuntimeException e) {
      watch.close();
      throw e;
    }
    return watch;
  }

  private void load(
      Arena arena, String architecture, Map<String, Integer> numbers, boolean refusals)
      throws IOException {
    numbers.forEach((name, number) -> names.put(number, name));
    maps =
        new CallWatchProgram.Maps(
            map(arena, CGROUP_ARRAY, 4, 4, 1),
            map(arena, ARRAY, 4, 8, CallWatchProgram.MOST_CALLS),
            map(arena, LRU_HASH, CallWatchProgram.RECORD, 8, MOST_RECORDS),
            refusals,
            refusals ? map(arena, LRU_HASH, 8, 8, MOST_RECORDS) : 0,
            refusals ? map(arena, LRU_HASH, 8, 8, MOST_RECORDS) : 0);
    long[] program =
        CallWatchProgram.of(architecture, numbers, maps)
            .orElseThrow(() -> new IOException("nobody knows the registers of this machine"));
    kept(attach(arena, program, "sys_exit"), "attach it to system calls");
    if (refusals) {
      // Kernels before 6.14 do not show which capability was requested.
      int attached = attach(arena, CallWatchProgram.capabilities(maps), "cap_capable");
      if (attached >= 0) {
        descriptors.add(attached);
      }
    }
  }

  /** The descriptor of the attachment, or the negative errno of that. */
  private int attach(Arena arena, long[] program, String point) throws IOException {
    int loaded = kept(program(arena, program), "load the program");
    MemorySegment open = arena.allocate(16, Long.BYTES);
    open.set(
        ValueLayout.JAVA_LONG, 0, arena.allocateFrom(point, StandardCharsets.US_ASCII).address());
    open.set(ValueLayout.JAVA_INT, 8, loaded);
    return bpf.call(arena, RAW_TRACEPOINT_OPEN, open);
  }

  /**
   * From now on watches the processes below this cgroup, and keeps what it has seen.
   *
   * @throws NoSuchFileException if it is not there
   * @throws IOException if the kernel does not let it
   */
  void moveTo(Path cgroup) throws IOException {
    int directory = bpf.open(cgroup);
    if (directory < 0) {
      throw new NoSuchFileException(cgroup.toString());
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_INT, directory);
      check(
          element(arena, MAP_UPDATE, maps.cgroups(), arena.allocate(4, 4), value),
          "hold the cgroup");
    } finally {
      bpf.close(directory);
    }
  }

  private int map(Arena arena, int type, int key, int value, int most) throws IOException {
    MemorySegment attribute = arena.allocate(ATTRIBUTE, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, type);
    attribute.set(ValueLayout.JAVA_INT, 4, key);
    attribute.set(ValueLayout.JAVA_INT, 8, value);
    attribute.set(ValueLayout.JAVA_INT, 12, most);
    return kept(bpf.call(arena, MAP_CREATE, attribute), "make a map");
  }

  private int program(Arena arena, long[] code) {
    MemorySegment attribute = arena.allocate(ATTRIBUTE, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, RAW_TRACEPOINT);
    attribute.set(ValueLayout.JAVA_INT, 4, code.length);
    attribute.set(
        ValueLayout.JAVA_LONG, 8, arena.allocateFrom(ValueLayout.JAVA_LONG, code).address());
    attribute.set(ValueLayout.JAVA_LONG, 16, arena.allocateFrom("GPL").address());
    return bpf.call(arena, PROG_LOAD, attribute);
  }

  private int kept(int descriptor, String what) throws IOException {
    check(descriptor, what);
    descriptors.add(descriptor);
    return descriptor;
  }

  private static void check(int result, String what) throws IOException {
    if (result < 0) {
      throw new IOException("the kernel does not let us %s: errno %d".formatted(what, -result));
    }
  }

  private int element(Arena arena, long command, int map, MemorySegment key, MemorySegment value) {
    MemorySegment attribute = arena.allocate(32, Long.BYTES);
    attribute.set(ValueLayout.JAVA_INT, 0, map);
    attribute.set(ValueLayout.JAVA_LONG, 8, key.address());
    attribute.set(ValueLayout.JAVA_LONG, 16, value.address());
    return bpf.call(arena, command, attribute);
  }

  /** Names of all calls that were made; of one that nobody has a name for, its number. */
  SortedSet<String> called() {
    var called = new TreeSet<String>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(4, 4);
      MemorySegment value = arena.allocate(8, 8);
      for (int number = 0; number < CallWatchProgram.MOST_CALLS; number++) {
        key.set(ValueLayout.JAVA_INT, 0, number);
        if (element(arena, MAP_LOOKUP, maps.calls(), key, value) == 0
            && value.get(ValueLayout.JAVA_LONG, 0) != 0) {
          called.add(names.getOrDefault(number, Integer.toString(number)));
        }
      }
    }
    return called;
  }

  /** What those calls were about that name an address or a file: the newest of them. */
  List<CallRecord> records() {
    return refused().stream().map(RefusedCall::call).toList();
  }

  /** The calls that were refused, the newest of them. */
  List<RefusedCall> refused() {
    var found = new ArrayList<RefusedCall>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(CallWatchProgram.RECORD, 8);
      MemorySegment next = arena.allocate(CallWatchProgram.RECORD, 8);
      MemorySegment value = arena.allocate(8, 8);
      MemorySegment before = MemorySegment.NULL;
      // What is noted meanwhile may begin the walk again.
      for (int i = 0; i < 2 * MOST_RECORDS; i++) {
        if (element(arena, MAP_NEXT_KEY, maps.records(), before, next) < 0) {
          break;
        }
        element(arena, MAP_LOOKUP, maps.records(), next, value);
        found.add(
            new RefusedCall(
                record(next),
                -next.get(ValueLayout.JAVA_INT, CallWatchProgram.RESULT_AT),
                next.get(ValueLayout.JAVA_INT, CallWatchProgram.CAPABILITY_AT) - 1,
                value.get(ValueLayout.JAVA_LONG, 0)));
        key.copyFrom(next);
        before = key;
      }
    }
    return found;
  }

  private CallRecord record(MemorySegment key) {
    int number = key.get(ValueLayout.JAVA_INT, 0);
    return new CallRecord(
        names.getOrDefault(number, Integer.toString(number)),
        key.get(ValueLayout.JAVA_INT, CallWatchProgram.DETAIL_AT),
        key.asSlice(CallWatchProgram.DATA_AT, CallWatchProgram.RESULT_AT - CallWatchProgram.DATA_AT)
            .toArray(ValueLayout.JAVA_BYTE));
  }

  @Override
  public void close() {
    descriptors.reversed().forEach(bpf::close);
    descriptors.clear();
  }
}
