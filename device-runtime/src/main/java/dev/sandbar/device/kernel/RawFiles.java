package dev.sandbar.device.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Collects what files of the kernel hold as bytes, to be compared with what they held before:
 * nothing is parsed, and nothing is allocated where nothing has changed (open(2), pread(2),
 * readlinkat(2), statx(2)).
 *
 * <p>For one thread at a time.
 */
final class RawFiles {

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final WordCall PREAD = WordCall.of("pread");
  private static final MethodHandle OPENAT =
      LibC.function(
          "openat",
          FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT),
          java.lang.foreign.Linker.Option.firstVariadicArg(3));
  private static final WordCall READLINKAT = WordCall.of("readlinkat");
  private static final MethodHandle STATX =
      LibC.function(
          "statx",
          FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT, INT, ValueLayout.ADDRESS));

  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;

  /** struct statx, and in it what shows that a file is another one or was written to. */
  private static final long STAT_SIZE = 256;

  private static final int LINKS = 16;
  private static final int IDENTITY = 20;
  private static final int IDENTITY_END = 48;
  private static final int CHANGED = 96;
  private static final int DEVICE = 136;
  private static final int DEVICE_END = 144;
  private static final int MOUNT = 144;

  /** STATX_MNT_ID_UNIQUE. */
  private static final int MOUNT_UNIQUE = 0x4000;

  private static final int PATH_LIMIT = 4096;
  private static final int FIRST = 8 << 10;
  private static final int WHOLE = 2 << 10;
  private static final byte MISSING = 0;
  private static final byte FOUND = 1;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment path = arena.allocate(PATH_LIMIT);
  private final MemorySegment stat = arena.allocate(STAT_SIZE, Long.BYTES);
  private MemorySegment data = arena.allocate(FIRST);
  private byte[] text = new byte[FIRST];
  private byte[] sink = new byte[FIRST];
  private int length;

  /** Nothing is collected any more. */
  void begin() {
    length = 0;
  }

  /** What was collected. */
  byte[] collected() {
    return Arrays.copyOf(sink, length);
  }

  /** Whether this was collected. */
  boolean isSame(byte[] before) {
    return Arrays.equals(sink, 0, length, before, 0, before.length);
  }

  /**
   * A directory, by which files in it are found sooner; to be closed by {@link LibC#close}.
   *
   * @return negative if there is none
   */
  int directory(String directory) {
    return open(AT_FDCWD, directory);
  }

  /** The content of a file in a directory, or that there is none. */
  void file(OpenDirectory directory, String file, int limit) {
    int size = read(directory, file, limit);
    if (size < 0) {
      put(MISSING);
      return;
    }
    put(FOUND);
    put(size);
    room(size);
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, sink, length, size);
    length += size;
  }

  /** Where a link in a directory leads, or that there is none. */
  void link(OpenDirectory directory, String file) {
    int size = readLink(directory.descriptor(), file);
    put(size < 0 ? MISSING : FOUND);
    if (size > 0) {
      put(size);
      room(size);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, sink, length, size);
      length += size;
    }
  }

  /** Identity, owner, mode, size and time of the last change of a file, or that there is none. */
  void stamp(String file) {
    if (!isThere(file)) {
      put(MISSING);
      return;
    }
    put(FOUND);
    int size = IDENTITY_END - IDENTITY + DEVICE_END - CHANGED;
    room(size);
    MemorySegment.copy(
        stat, ValueLayout.JAVA_BYTE, IDENTITY, sink, length, IDENTITY_END - IDENTITY);
    length += IDENTITY_END - IDENTITY;
    MemorySegment.copy(stat, ValueLayout.JAVA_BYTE, CHANGED, sink, length, DEVICE_END - CHANGED);
    length += DEVICE_END - CHANGED;
  }

  /** Part of what {@link #text} has shown. */
  void part(byte[] from, int begin, int end) {
    room(end - begin);
    System.arraycopy(from, begin, sink, length, end - begin);
    length += end - begin;
  }

  void put(byte one) {
    room(1);
    sink[length++] = one;
  }

  void put(int number) {
    room(Integer.BYTES);
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      sink[length++] = (byte) (number >>> shift);
    }
  }

  /** The content of a memory, such as an entry of a map of BPF. */
  void put(MemorySegment memory) {
    int size = (int) memory.byteSize();
    room(size);
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, sink, length, size);
    length += size;
  }

  /**
   * Reads a file and collects nothing.
   *
   * @return its size, to be found in {@link #text}; negative if it cannot be read, or has more
   */
  int take(String file, int limit) {
    return taken(read(file, limit));
  }

  /** The same of a file in a directory. */
  int take(OpenDirectory directory, String file, int limit) {
    return taken(read(directory, file, limit));
  }

  private int taken(int size) {
    if (size > text.length) {
      text = new byte[size];
    }
    if (size > 0) {
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, text, 0, size);
    }
    return size;
  }

  /** What was taken last, at its beginning; overwritten by the next. */
  byte[] text() {
    return text;
  }

  /** The target of a link as text; empty if there is none. */
  String target(String file) {
    int size = readLink(AT_FDCWD, file);
    byte[] bytes = new byte[Math.max(0, size)];
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** How many links a directory has; negative if it is none. */
  int links(int directory) {
    return isFound(directory, "", AT_EMPTY_PATH) ? stat.get(INT, LINKS) : -1;
  }

  /** Whether there is a file of that name; a link counts by itself. */
  boolean isThere(String file) {
    return isFound(AT_FDCWD, file, AT_SYMLINK_NOFOLLOW);
  }

  /**
   * The number of the mount that is found at a path.
   *
   * @param device of its file system, {@code MAJOR:MINOR}
   * @return 0 if another file system is there, or the kernel does not say it (before Linux 6.8)
   */
  long mount(String file, String device) {
    try {
      boolean found =
          (int) STATX.invokeExact(AT_FDCWD, at(file), AT_SYMLINK_NOFOLLOW, MOUNT_UNIQUE, stat) == 0
              && (stat.get(INT, 0) & MOUNT_UNIQUE) != 0;
      String there = stat.get(INT, DEVICE) + ":" + stat.get(INT, DEVICE + Integer.BYTES);
      return found && there.equals(device) ? stat.get(LONG, MOUNT) : 0;
    } catch (Throwable e) {
      throw LibC.thrown("statx", e);
    }
  }

  private int readLink(int directory, String file) {
    return (int) READLINKAT.call(directory, at(file).address(), data.address(), data.byteSize());
  }

  private boolean isFound(int directory, String file, int flags) {
    try {
      return (int) STATX.invokeExact(directory, at(file), flags, STATX_BASIC_STATS, stat) == 0;
    } catch (Throwable e) {
      throw LibC.thrown("statx", e);
    }
  }

  private int open(int directory, String file) {
    try {
      return (int) OPENAT.invokeExact(directory, at(file), O_RDONLY_CLOEXEC);
    } catch (Throwable e) {
      throw LibC.thrown("openat", e);
    }
  }

  private int read(String file, int limit) {
    int descriptor = open(AT_FDCWD, file);
    if (descriptor < 0) {
      return -1;
    }
    try {
      return read(descriptor, limit);
    } finally {
      LibC.close(descriptor);
    }
  }

  private int read(OpenDirectory directory, String file, int limit) {
    int kept = directory.kept(file);
    if (kept >= 0) {
      return read(kept, limit);
    }
    int descriptor = open(directory.descriptor(), file);
    if (descriptor < 0) {
      return -1;
    }
    boolean stays = directory.keep(file, descriptor);
    try {
      return read(descriptor, limit);
    } finally {
      if (!stays) {
        LibC.close(descriptor);
      }
    }
  }

  private int read(int descriptor, int limit) {
    long size = 0;
    while (true) {
      if (size == data.byteSize()) {
        if (size >= limit) {
          return -1;
        }
        MemorySegment larger = arena.allocate(2 * size);
        MemorySegment.copy(data, 0, larger, 0, size);
        data = larger;
      }
      long read = PREAD.call(descriptor, data.address() + size, data.byteSize() - size, size);
      if (read <= 0) {
        return read < 0 ? -1 : (int) size;
      }
      size += read;
      if (size < WHOLE) {
        // The kernel hands out a page at a time, and less only at the end (seq_read_iter()).
        return (int) size;
      }
    }
  }

  private MemorySegment at(String file) {
    byte[] bytes = file.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= PATH_LIMIT) {
      throw new IllegalArgumentException("a path that is too long: " + file);
    }
    MemorySegment.copy(bytes, 0, path, ValueLayout.JAVA_BYTE, 0, bytes.length);
    path.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    return path;
  }

  private void room(int more) {
    if (sink.length - length < more) {
      sink = Arrays.copyOf(sink, Math.max(2 * sink.length, length + more));
    }
  }
}
