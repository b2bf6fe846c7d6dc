package dev.sandbar.device.chunk;

import dev.sandbar.device.kernel.StreamDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/**
 * Cuts a file where the last bytes before the cut say so. What is inserted or removed moves the
 * bytes behind it, but not the cuts between them.
 *
 * <p>Source: Xia and others, <em>FastCDC: a Fast and Efficient Content-Defined Chunking Approach
 * for Data Deduplication</em> (USENIX ATC 2016), with the sizes below. Another table or another
 * size would cut elsewhere: what devices have then would fit no index that was written before.
 */
final class ChunkCutter {

  /** Bytes of the smallest chunk but the last of a file. */
  static final int LEAST = 8 * 1024;

  /** Bytes from which on cuts are made more readily. */
  static final int NORMAL = 32 * 1024;

  /** Bytes of the largest chunk. */
  static final int MOST = 128 * 1024;

  /** Before and after the normal size. The upper bits depend on the most bytes. */
  private static final long STRICT = -1L << (Long.SIZE - 17);

  private static final long READY = -1L << (Long.SIZE - 13);

  private static final int BUFFER = 1 << 20;

  private static final long[] GEAR = gear();

  private ChunkCutter() {}

  /** Takes one chunk. */
  @FunctionalInterface
  interface Taker {
    /**
     * Called in the order of the file.
     *
     * @param at its first byte in the file
     * @param bytes its content, which changes after the call
     * @return whether to go on
     */
    boolean take(long at, ByteBuffer bytes) throws IOException;
  }

  /** Numbers that look random and are the same everywhere. */
  private static long[] gear() {
    var gear = new long[256];
    for (int i = 0; i < gear.length; i++) {
      byte[] text = ("sandbar chunks 1: " + i).getBytes(StandardCharsets.US_ASCII);
      gear[i] = ByteBuffer.wrap(StreamDigest.sha256(ByteBuffer.wrap(text))).getLong();
    }
    return gear;
  }

  /**
   * Cuts a file.
   *
   * @param size bytes of it that are read
   */
  static void cut(FileChannel file, long size, Taker taker) throws IOException {
    var bytes = new byte[BUFFER];
    long at = 0;
    int from = 0;
    int to = 0;
    while (at < size) {
      if (to - from < MOST && at + (to - from) < size) {
        System.arraycopy(bytes, from, bytes, 0, to - from);
        to -= from;
        from = 0;
        to += read(file, at + to, bytes, to, (int) Math.min(bytes.length - to, size - at - to));
      }
      int length = length(bytes, from, to);
      if (!taker.take(at, ByteBuffer.wrap(bytes, from, length))) {
        return;
      }
      from += length;
      at += length;
    }
  }

  /** Reads as much as is wanted. */
  private static int read(FileChannel file, long at, byte[] bytes, int to, int count)
      throws IOException {
    var buffer = ByteBuffer.wrap(bytes, to, count);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, at + count - buffer.remaining()) < 0) {
        throw new IOException("it became shorter while it was read");
      }
    }
    return count;
  }

  /** The length of the first chunk of these bytes, which are all that is left or more than one. */
  static int length(byte[] bytes, int from, int to) {
    int end = Math.min(to, from + MOST);
    int normal = Math.min(end, from + NORMAL);
    long hash = 0;
    int i = from + LEAST;
    for (; i < normal; i++) {
      hash = (hash << 1) + GEAR[bytes[i] & 0xFF];
      if ((hash & STRICT) == 0) {
        return i + 1 - from;
      }
    }
    for (; i < end; i++) {
      hash = (hash << 1) + GEAR[bytes[i] & 0xFF];
      if ((hash & READY) == 0) {
        return i + 1 - from;
      }
    }
    return end - from;
  }
}
