package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.KernelFacts.Mount;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Notices that a mount table has changed without reading it, which takes the kernel two
 * microseconds for each mount.
 *
 * <p>Mounts that come, go or get other flags the kernel signals to whoever has the table open
 * (poll(2), POLLERR: proc_pid_mountinfo(5)). Options of a file system, such as {@code hidepid} of
 * proc(5), it does not signal. They are asked for (statmount(2), since Linux 6.11) of the file
 * systems that only this app has; those of others are in the device's own table.
 *
 * <p>An open table keeps the namespace. So a watch must end when its process does.
 *
 * <p>For one thread at a time.
 */
final class MountWatch {

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final MethodHandle POLL =
      LibC.function("poll", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, LONG, INT));
  private static final MethodHandle IOCTL =
      LibC.function(
          "ioctl",
          FunctionDescriptor.of(INT, INT, LONG, ValueLayout.ADDRESS),
          Linker.Option.firstVariadicArg(2));

  /** {@code struct pollfd}: the descriptor, what is waited for, what is there. */
  private static final int ENTRY = 8;

  private static final int EVENTS = 4;
  private static final int FOUND = 6;
  private static final short POLLPRI = 2;
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;
  private static final int O_RDONLY_CLOEXEC = 0x80000;

  /** NS_GET_MNTNS_ID of linux/nsfs.h. */
  private static final long NAMESPACE_ID = 0x8008b705L;

  /** STATMOUNT_SB_BASIC and STATMOUNT_MNT_OPTS of linux/mount.h. */
  private static final long WANTED = 0x81;

  /** struct mnt_id_req. */
  private static final int REQUEST = 32;

  private static final long MOUNT = 8;
  private static final long WHAT = 16;
  private static final long NAMESPACE = 24;
  private static final long ANSWER = 8 << 10;

  /** More than an app has of its own. */
  private static final int MOST_FILE_SYSTEMS = 32;

  private final RawFiles files = new RawFiles();
  private final MemorySegment state = SystemCall.state(Arena.ofAuto());
  private final MemorySegment request = Arena.ofAuto().allocate(REQUEST, Long.BYTES);
  private final MemorySegment answer = Arena.ofAuto().allocate(ANSWER, Long.BYTES);
  private final List<SystemCall> statmount;
  private final Map<String, Watched> watched = new HashMap<>();

  /**
   * A table.
   *
   * @param namespace number of the mount namespace
   * @param mounts one of each file system that only the app has and that may lose something
   * @param options of these
   */
  private record Watched(
      int pid, int descriptor, long namespace, List<Long> mounts, byte[] options) {}

  /** The kernel is older, or a filter of system calls does not know it. */
  private boolean refused;

  MountWatch() {
    this.statmount = SystemCall.open("statmount", 457, 457).stream().toList();
  }

  /**
   * Watches from now on, in the place of what was watched there.
   *
   * @param process a directory of proc(5)
   * @param mounts of the process
   * @param device mounts of the device
   */
  void watch(String controlGroup, int pid, String process, List<Mount> mounts, List<Mount> device) {
    end(controlGroup);
    if (statmount.isEmpty() || refused) {
      return;
    }
    int descriptor = LibC.open(process + "/mountinfo", O_RDONLY_CLOEXEC);
    if (descriptor < 0) {
      return;
    }
    try (Arena arena = new Slices()) {
      long namespace = namespace(arena, process);
      Optional<List<Long>> own = namespace == 0 ? Optional.empty() : own(process, mounts, device);
      if (own.isPresent() && options(namespace, own.get())) {
        watched.put(
            controlGroup, new Watched(pid, descriptor, namespace, own.get(), files.collected()));
        return;
      }
    }
    LibC.close(descriptor);
  }

  /** Which process is watched; 0 if none is. */
  int watched(String controlGroup) {
    Watched found = watched.get(controlGroup);
    return found == null ? 0 : found.pid();
  }

  /** Those that are watched and of which nothing has changed since. */
  Set<String> unchanged() {
    var unchanged = new HashSet<String>();
    List<Map.Entry<String, Watched>> all = List.copyOf(watched.entrySet());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entries = arena.allocate(Math.max(1, all.size()) * (long) ENTRY, Integer.BYTES);
      for (int i = 0; i < all.size(); i++) {
        entries.set(INT, (long) i * ENTRY, all.get(i).getValue().descriptor());
        entries.set(ValueLayout.JAVA_SHORT, (long) i * ENTRY + EVENTS, POLLPRI);
      }
      if (!poll(entries, all.size())) {
        return Set.of();
      }
      for (int i = 0; i < all.size(); i++) {
        Watched table = all.get(i).getValue();
        if (entries.get(ValueLayout.JAVA_SHORT, (long) i * ENTRY + FOUND) == 0 && options(table)) {
          unchanged.add(all.get(i).getKey());
        } else {
          // The kernel signals a change once.
          end(all.get(i).getKey());
        }
      }
    }
    return unchanged;
  }

  /** Watches it no longer. */
  void end(String controlGroup) {
    Watched last = watched.remove(controlGroup);
    if (last != null) {
      LibC.close(last.descriptor());
    }
  }

  /** Watches none any more. */
  void end() {
    List.copyOf(watched.keySet()).forEach(this::end);
  }

  /** False if nothing is known. */
  private static boolean poll(MemorySegment entries, long count) {
    try {
      return (int) POLL.invokeExact(entries, count, 0) >= 0;
    } catch (Throwable e) {
      throw LibC.thrown("poll", e);
    }
  }

  /** The number of a mount namespace; 0 if the kernel does not say it. */
  private long namespace(Arena arena, String process) {
    int descriptor = LibC.open(process + "/ns/mnt", O_RDONLY_CLOEXEC);
    if (descriptor < 0) {
      return 0;
    }
    MemorySegment number = arena.allocate(LONG);
    try {
      int result = (int) IOCTL.invokeExact(descriptor, NAMESPACE_ID, number);
      refused |= result != 0;
      return result == 0 ? number.get(LONG, 0) : 0;
    } catch (Throwable e) {
      throw LibC.thrown("ioctl", e);
    } finally {
      LibC.close(descriptor);
    }
  }

  /**
   * One mount of each file system that the device does not have mounted and that {@linkplain #holds
   * holds something} by its options; empty if unknown.
   */
  private Optional<List<Long>> own(String process, List<Mount> mounts, List<Mount> device) {
    var known = new HashSet<String>();
    device.forEach(mount -> known.add(mount.device()));
    var found = new ArrayList<Long>();
    for (Mount mount : mounts) {
      if (holds(mount) && known.add(mount.device())) {
        long number = files.mount(process + "/root" + mount.point(), mount.device());
        if (number == 0 || found.size() == MOST_FILE_SYSTEMS) {
          return Optional.empty();
        }
        found.add(number);
      }
    }
    return Optional.of(found);
  }

  /**
   * Whether a change of the file system's own options could take something from the sandbox: what
   * /proc hides, or that this mount cannot be written though it says {@code rw} itself. Nothing is
   * judged by the size, owner or mode of a tmpfs.
   */
  private static boolean holds(Mount mount) {
    return mount.type().equals("proc") || (mount.has("rw") && mount.has("ro"));
  }

  private boolean options(Watched table) {
    return options(table.namespace(), table.mounts()) && files.isSame(table.options());
  }

  /** Collects the options of file systems; false if the kernel does not say them. */
  private boolean options(long namespace, List<Long> mounts) {
    files.begin();
    request.set(INT, 0, REQUEST);
    request.set(LONG, WHAT, WANTED);
    request.set(LONG, NAMESPACE, namespace);
    for (long mount : mounts) {
      request.set(LONG, MOUNT, mount);
      long result =
          statmount.getFirst().call(state, request.address(), answer.address(), ANSWER, 0);
      int size = answer.get(INT, 0);
      refused |= result == -ENOSYS || result == -EPERM;
      if (result != 0 || size > ANSWER) {
        return false;
      }
      files.put(answer.asSlice(0, size));
    }
    return true;
  }
}
