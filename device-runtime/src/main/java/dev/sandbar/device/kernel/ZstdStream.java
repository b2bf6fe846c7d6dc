package dev.sandbar.device.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.Optional;

/**
 * Unfolds zstd (RFC 8878) by the distribution's libzstd: frames behind each other, and those to be
 * skipped, as tools write them that make layers which can be fetched in part. Whoever made the
 * frames also says how much memory decompressing them takes (the window); what asks for more than
 * {@link #LARGEST_WINDOW} is refused before any is taken. The memory is not of Java's heap.
 *
 * <p>For one thread.
 */
public final class ZstdStream extends InputStream {

  /** The Debian package that has the library. */
  private static final String PACKAGE = "libzstd1";

  /** Base two logarithm of {@link #LARGEST_WINDOW}. */
  private static final int WINDOW_LOG = 25;

  /**
   * Bytes of the window. Tools for containers write 4 to 8 MiB, and up to 32 MiB at their highest
   * level; {@code zstd} itself writes more from level 21 on.
   */
  public static final int LARGEST_WINDOW = 1 << WINDOW_LOG;

  /** ZSTD_d_windowLogMax (zstd.h). */
  private static final int WINDOW_PARAMETER = 100;

  /** ZSTD_error_frameParameter_windowTooLarge (zstd_errors.h). */
  private static final int WINDOW_TOO_LARGE = 16;

  /** A block decompresses to no more than that (RFC 8878, section 3.1.1.2.4). */
  private static final int PIECE = 128 * 1024;

  /** Of ZSTD_inBuffer and ZSTD_outBuffer: a pointer, a size and a position. */
  private static final long BUFFER = 3 * Long.BYTES;

  private static final long SIZE = Long.BYTES;
  private static final long POSITION = 2 * Long.BYTES;

  private final LibZstd library = library();
  private final InputStream in;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment context;
  private final MemorySegment from = arena.allocate(PIECE);
  private final MemorySegment to = arena.allocate(PIECE);
  private final MemorySegment input = arena.allocate(BUFFER, Long.BYTES);
  private final MemorySegment output = arena.allocate(BUFFER, Long.BYTES);
  private final byte[] piece = new byte[PIECE];
  private int next;
  private int end;
  private boolean between = true;
  private boolean closed;

  /**
   * Unfolds what the stream has.
   *
   * @param in closed with this
   * @throws ZstdException if the library is not there
   */
  public ZstdStream(InputStream in) throws ZstdException {
    this.in = in;
    try {
      this.context = (MemorySegment) library.create().invokeExact();
      if (context.address() == 0) {
        throw new OutOfMemoryError("ZSTD_createDStream");
      }
      check((long) library.setParameter().invokeExact(context, WINDOW_PARAMETER, WINDOW_LOG));
    } catch (ZstdException e) {
      throw e;
    } catch (Throwable e) {
      throw LibC.thrown("ZSTD_createDStream", e);
    }
    input.set(ValueLayout.ADDRESS, 0, from);
    output.set(ValueLayout.ADDRESS, 0, to);
    output.set(ValueLayout.JAVA_LONG, SIZE, PIECE);
  }

  private static LibZstd library() throws ZstdException {
    return LibZstd.FOUND.stream()
        .findFirst()
        .orElseThrow(() -> new ZstdException(obstacle().orElse("")));
  }

  /** Why nothing can be decompressed here, and what to do; empty if it can. */
  public static Optional<String> obstacle() {
    return LibZstd.FOUND.isEmpty()
        ? Optional.of(
            "its layers are in zstd, and the library for that is missing; install the package %s on the device, or push it with layers in gzip"
                .formatted(PACKAGE))
        : Optional.empty();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    while (next == end) {
      if (!decompress()) {
        return -1;
      }
    }
    int count = Math.min(length, end - next);
    MemorySegment.copy(to, ValueLayout.JAVA_BYTE, next, bytes, offset, count);
    next += count;
    return count;
  }

  /** Unfolds the next piece, which may be none yet; false at the end. */
  private boolean decompress() throws IOException {
    // What fills the piece may go on without any more input.
    boolean more = end == PIECE && !between;
    if (!more
        && input.get(ValueLayout.JAVA_LONG, POSITION) == input.get(ValueLayout.JAVA_LONG, SIZE)
        && !fill()) {
      if (between) {
        return false;
      }
      throw new ZstdException("a layer in zstd ends too early");
    }
    output.set(ValueLayout.JAVA_LONG, POSITION, 0);
    try {
      between = check((long) library.decompress().invokeExact(context, output, input)) == 0;
    } catch (ZstdException e) {
      throw e;
    } catch (Throwable e) {
      throw LibC.thrown("ZSTD_decompressStream", e);
    }
    next = 0;
    end = (int) output.get(ValueLayout.JAVA_LONG, POSITION);
    return true;
  }

  private boolean fill() throws IOException {
    int count = in.read(piece);
    if (count <= 0) {
      return false;
    }
    MemorySegment.copy(piece, 0, from, ValueLayout.JAVA_BYTE, 0, count);
    input.set(ValueLayout.JAVA_LONG, SIZE, count);
    input.set(ValueLayout.JAVA_LONG, POSITION, 0);
    return true;
  }

  private long check(long result) throws Throwable {
    if ((int) library.isError().invokeExact(result) == 0) {
      return result;
    }
    throw new ZstdException(
        (int) library.errorCode().invokeExact(result) == WINDOW_TOO_LARGE
            ? "a layer in zstd takes more than %d MiB of memory to decompress; make it with a lower level, or in gzip"
                .formatted(LARGEST_WINDOW >> 20)
            : "a layer is not in zstd, which its manifest says it is");
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (in;
        arena) {
      long _ = (long) library.free().invokeExact(context);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw LibC.thrown("ZSTD_freeDStream", e);
    }
  }
}
