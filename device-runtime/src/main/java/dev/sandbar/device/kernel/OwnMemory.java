package dev.sandbar.device.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory of this process back to the kernel. Nothing that the process has written is lost:
 * what is given back is free already, or a copy of what is in a file and is read from there again
 * when it is needed.
 */
public final class OwnMemory {
  private static final Logger LOG = LoggerFactory.getLogger(OwnMemory.class);

  private static final Path MAPPINGS = Path.of("/proc/self/maps");
  private static final int MOST_TEXT = 1 << 20;

  /** How the name of the cache of classes ends, which is read as data, here and there. */
  private static final String CLASSES = ".aot";

  /** madvise(2): what lies beside a page that is read again is not read with it. */
  private static final long MADV_RANDOM = 1;

  /** madvise(2), since Linux 5.4. */
  private static final long MADV_PAGEOUT = 21;

  private static final int HEXADECIMAL = 16;

  private OwnMemory() {}

  /**
   * Has the kernel drop the pages of mapped files that this process alone has mapped: the code and
   * the classes that only its start needed stay away. Does nothing on a kernel that cannot.
   *
   * @return how many bytes of mappings the kernel was asked about
   */
  public static long releaseFiles() {
    Optional<SystemCall> advise = SystemCall.open("madvise", 28, 233);
    if (advise.isEmpty()) {
      return 0;
    }
    long bytes = 0;
    try (Arena arena = Arena.ofConfined()) {
      String mappings = ProcFile.read(MAPPINGS, MOST_TEXT);
      for (int at = 0; at < mappings.length(); ) {
        int newline = mappings.indexOf('\n', at);
        int end = newline < 0 ? mappings.length() : newline;
        // begin-end permissions offset device inode path (proc_pid_maps(5)); no path is no file.
        int path = mappings.indexOf('/', at);
        int dash = mappings.indexOf('-', at);
        int space = mappings.indexOf(' ', at);
        if (path > at && path < end && dash < space) {
          long begin = Long.parseUnsignedLong(mappings, at, dash, HEXADECIMAL);
          long length = Long.parseUnsignedLong(mappings, dash + 1, space, HEXADECIMAL) - begin;
          if (mappings.startsWith(CLASSES, end - CLASSES.length())) {
            long _ = advise.get().call(arena, begin, length, MADV_RANDOM, 0);
          }
          // One that is gone meanwhile is refused, and so is one that may not be given back.
          long refused = advise.get().call(arena, begin, length, MADV_PAGEOUT, 0);
          bytes += refused == 0 ? length : 0;
        }
        at = end + 1;
      }
    } catch (IOException e) {
      LOG.debug("action=release {}", e.getMessage());
    }
    return bytes;
  }

  /** What malloc(3) keeps of freed memory. Does nothing where the C library cannot. */
  public static void releaseFreed() {
    try {
      long _ = Trim.CALL.call(0);
    } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
      LOG.debug("action=release {}", e.toString());
    }
  }

  /** Apart: a C library that lacks the function has all others. */
  private static final class Trim {
    private static final WordCall CALL = WordCall.of("malloc_trim");
  }
}
