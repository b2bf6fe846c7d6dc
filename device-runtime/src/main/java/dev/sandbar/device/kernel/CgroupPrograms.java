package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.Contents;
import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.property.Evidence;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Asks the kernel which BPF programs are attached to a cgroup (bpf(2), BPF_PROG_QUERY), whose they
 * are, and what they let through. Nothing else shows that IPAddressDeny, DevicePolicy or
 * SocketBindDeny still hold: after {@code bpftool cgroup detach} systemd's properties stay as they
 * were.
 *
 * <p>For one thread at a time.
 */
public final class CgroupPrograms {

  private static final long BPF_PROG_QUERY = 16;
  private static final int EINVAL = 22;

  /** The query member of union bpf_attr, up to prog_cnt and its padding. */
  private static final long ATTRIBUTE_SIZE = 32;

  private static final long TARGET_FD = 0;
  private static final long ATTACH_TYPE = 4;
  private static final long PROGRAM_IDS = 16;
  private static final long PROGRAM_COUNT = 24;

  /** As many as the kernel lets a cgroup have of one kind. */
  private static final int MOST_PROGRAMS = 64;

  /** How the names of systemd's programs begin. */
  private static final String SYSTEMD = "sd_";

  /**
   * Places at a cgroup where systemd attaches nothing for an app (enum bpf_attach_type of
   * linux/bpf.h). What a kernel does not know it refuses to say anything about.
   */
  private static final Map<Integer, String> OTHERS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry(2, "SOCK_CREATE"),
              Map.entry(3, "SOCK_OPS"),
              Map.entry(10, "CONNECT4"),
              Map.entry(11, "CONNECT6"),
              Map.entry(12, "POST_BIND4"),
              Map.entry(13, "POST_BIND6"),
              Map.entry(14, "UDP4_SENDMSG"),
              Map.entry(15, "UDP6_SENDMSG"),
              Map.entry(18, "SYSCTL"),
              Map.entry(19, "UDP4_RECVMSG"),
              Map.entry(20, "UDP6_RECVMSG"),
              Map.entry(21, "GETSOCKOPT"),
              Map.entry(22, "SETSOCKOPT"),
              Map.entry(29, "GETPEERNAME4"),
              Map.entry(30, "GETPEERNAME6"),
              Map.entry(31, "GETSOCKNAME4"),
              Map.entry(32, "GETSOCKNAME6"),
              Map.entry(34, "SOCK_RELEASE")));

  /** Where newer systemds may attach a program of their own (BindNetworkInterface=). */
  private static final int SOCK_CREATE = 2;

  private static final List<CgroupProgram> KINDS = List.of(CgroupProgram.values());

  private final Bpf bpf;
  private final MemorySegment state = SystemCall.state(Arena.ofAuto());
  private final MemorySegment query = Arena.ofAuto().allocate(ATTRIBUTE_SIZE, Long.BYTES);
  private final MemorySegment found = Arena.ofAuto().allocate(ValueLayout.JAVA_INT, MOST_PROGRAMS);
  private final PacketPrograms packets;
  private final ListPrograms lists;
  private final LoadedPrograms loaded;
  private final ProgramMarks marks;

  private CgroupPrograms(Bpf bpf) {
    this.bpf = bpf;
    this.loaded = new LoadedPrograms(bpf);
    this.packets = new PacketPrograms(bpf);
    this.lists = new ListPrograms(bpf);
    this.marks = new ProgramMarks(bpf);
  }

  /** Empty, with one line in the log, where the system call cannot be made. */
  public static Optional<CgroupPrograms> open() {
    return Bpf.open().map(CgroupPrograms::new);
  }

  /**
   * What is attached to a cgroup.
   *
   * @param kinds of which systemd has a program there
   * @param foreign programs that are not systemd's, for people
   * @param packets as in {@link KernelFacts.Outside#packets}
   * @param contents as in {@link KernelFacts.Outside#contents}
   */
  public record Attached(
      SortedSet<CgroupProgram> kinds,
      List<String> foreign,
      SortedMap<String, SortedMap<String, Boolean>> packets,
      SortedMap<String, Contents> contents) {
    public Attached {
      kinds = Collections.unmodifiableSortedSet(new TreeSet<>(kinds));
      foreign = List.copyOf(foreign);
      packets = Collections.unmodifiableSortedMap(new TreeMap<>(packets));
      contents = Collections.unmodifiableSortedMap(new TreeMap<>(contents));
    }
  }

  /** A look at the device begins: what the kernel has is asked for once for all cgroups. */
  public void begin() {
    loaded.begin();
  }

  /**
   * Kinds of program attached to this cgroup itself.
   *
   * @return empty if it could not be asked: no such cgroup, or not allowed
   */
  public Optional<SortedSet<CgroupProgram>> attached(Path cgroup) {
    return read(cgroup, new TreeSet<>(), false).map(Attached::kinds);
  }

  /**
   * The programs attached to this cgroup itself.
   *
   * @param addresses that the programs on packets are asked about, beside those in their maps; they
   *     are not asked if there are none
   * @param contents whether to read what those on devices and ports let through
   * @return empty if it could not be asked: no such cgroup, or not allowed
   */
  public Optional<Attached> read(Path cgroup, SortedSet<String> addresses, boolean contents) {
    try (Arena arena = new Slices()) {
      int fd = bpf.open(cgroup);
      if (fd < 0) {
        return Optional.empty();
      }
      try {
        return read(arena, fd, addresses, contents);
      } finally {
        bpf.close(fd);
      }
    }
  }

  private Optional<Attached> read(
      Arena arena, int fd, SortedSet<String> addresses, boolean contents) {
    var kinds = new TreeSet<CgroupProgram>();
    var foreign = new ArrayList<String>();
    var verdicts = new TreeMap<String, SortedMap<String, Boolean>>();
    var listed = new TreeMap<String, Contents>();
    lists.begin();
    for (CgroupProgram kind : EnumSet.allOf(CgroupProgram.class)) {
      Optional<List<Integer>> ids = ids(fd, kind);
      if (ids.isEmpty()) {
        return Optional.empty();
      }
      var own = new ArrayList<Integer>();
      for (int id : ids.get()) {
        String name = packets.name(arena, id);
        // One whose name may not be asked counts as systemd's: nothing else is known of it.
        if (name.isEmpty() || name.startsWith(SYSTEMD)) {
          kinds.add(kind);
          own.add(id);
          if (isBind(kind)) {
            loaded.seenAtBind(id);
          }
        } else {
          foreign.add(kind.name() + " " + name);
        }
      }
      if (kind.evidence() == Evidence.IP_FILTER && !addresses.isEmpty() && !ids.get().isEmpty()) {
        verdicts.put(kind.name(), packets.verdicts(arena, ids.get(), addresses));
      }
      if (kind.evidence() != Evidence.IP_FILTER && contents && !own.isEmpty()) {
        listed.put(kind.name(), lists.read(arena, kind, own));
      }
    }
    if (loaded.others()) {
      OTHERS.forEach(
          (type, place) ->
              ids(fd, type).stream()
                  .flatMap(List::stream)
                  .map(id -> packets.name(arena, id))
                  .filter(name -> type != SOCK_CREATE || !name.startsWith(SYSTEMD))
                  .forEach(
                      name -> foreign.add(place + " " + (name.isEmpty() ? "(unnamed)" : name))));
    }
    return Optional.of(new Attached(kinds, foreign, verdicts, listed));
  }

  /**
   * Collects what must stay as it is for the answers of {@link #read} to hold: which programs are
   * attached, and what their maps hold.
   *
   * @param cgroup a descriptor of its directory
   * @param packets whether programs on packets are asked
   * @param contents whether those on devices and ports are read
   * @return false if not all of it can be read
   */
  boolean mark(int cgroup, boolean packets, boolean contents, RawFiles into) {
    try (Arena arena = new Slices()) {
      return mark(arena, cgroup, packets, contents, into);
    }
  }

  private boolean mark(Arena arena, int fd, boolean asked, boolean contents, RawFiles into) {
    var maps = new TreeSet<Integer>();
    for (CgroupProgram kind : KINDS) {
      Optional<List<Integer>> ids = ids(fd, kind);
      if (ids.isEmpty()) {
        return false;
      }
      into.put(ids.get().size());
      for (int id : ids.get()) {
        into.put(id);
        if (kind.evidence() == Evidence.IP_FILTER ? asked : contents) {
          Optional<List<Integer>> own = packets.maps(arena, id);
          if (own.isEmpty()) {
            return false;
          }
          maps.addAll(own.get());
        }
      }
    }
    if (loaded.others()) {
      for (int type : OTHERS.keySet()) {
        ids(fd, type).orElse(List.of()).forEach(into::put);
      }
    }
    return marks.collect(arena, List.copyOf(maps), into);
  }

  private Optional<List<Integer>> ids(int fd, CgroupProgram kind) {
    // What no program is loaded for need not be asked of each cgroup.
    return isBind(kind) && !loaded.any() ? Optional.of(List.of()) : ids(fd, attachType(kind));
  }

  private static boolean isBind(CgroupProgram kind) {
    return kind == CgroupProgram.BIND4 || kind == CgroupProgram.BIND6;
  }

  /** Of the programs of one kind; empty if it could not be asked. */
  private Optional<List<Integer>> ids(int fd, int type) {
    query.fill((byte) 0);
    query.set(ValueLayout.JAVA_INT, TARGET_FD, fd);
    query.set(ValueLayout.JAVA_INT, ATTACH_TYPE, type);
    query.set(ValueLayout.JAVA_LONG, PROGRAM_IDS, found.address());
    query.set(ValueLayout.JAVA_INT, PROGRAM_COUNT, MOST_PROGRAMS);
    int result = bpf.call(state, BPF_PROG_QUERY, query);
    if (result != 0) {
      // A kernel that does not know this kind says EINVAL: then nothing of the kind is attached.
      return result == -EINVAL ? Optional.of(List.of()) : Optional.empty();
    }
    int count = Math.min(MOST_PROGRAMS, query.get(ValueLayout.JAVA_INT, PROGRAM_COUNT));
    var ids = new ArrayList<Integer>(count);
    for (int i = 0; i < count; i++) {
      ids.add(found.getAtIndex(ValueLayout.JAVA_INT, i));
    }
    return Optional.of(ids);
  }

  /** From enum bpf_attach_type of linux/bpf.h. */
  private static int attachType(CgroupProgram kind) {
    return switch (kind) {
      case INGRESS -> 0;
      case EGRESS -> 1;
      case DEVICE -> 6;
      case BIND4 -> 8;
      case BIND6 -> 9;
    };
  }
}
