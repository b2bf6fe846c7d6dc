package dev.sandbar.device.container;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bytes that may come out of an archive: some decompress to more than any disk holds, and the
 * headers of others, which are read into memory, to more than the agent has.
 */
final class ByteBudget {

  private final long most;
  private long read;
  private long headerEnd = Long.MAX_VALUE;

  /**
   * A budget.
   *
   * @param most bytes in all
   */
  ByteBudget(long most) {
    this.most = most;
  }

  /** The stream, which ends with an error once the budget is used up. */
  InputStream counting(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read() throws IOException {
        int next = in.read();
        counted(next < 0 ? 0 : 1);
        return next;
      }

      @Override
      public int read(byte[] bytes, int from, int length) throws IOException {
        return (int) counted(in.read(bytes, from, length));
      }

      @Override
      public long skip(long count) throws IOException {
        return counted(in.skip(count));
      }

      @Override
      public boolean markSupported() {
        return false;
      }
    };
  }

  /** From here on headers are read. */
  void beginHeader(int longest) {
    headerEnd = read + longest;
  }

  /** From here on content is read. */
  void endHeader() {
    headerEnd = Long.MAX_VALUE;
  }

  private long counted(long bytes) throws LayerException {
    read += Math.max(0, bytes);
    check();
    return bytes;
  }

  /**
   * Looks whether there is any left.
   *
   * @throws LayerException if it is used up
   */
  void check() throws LayerException {
    if (read > most) {
      throw new LayerException("its layers decompress to more than %d MiB".formatted(most >> 20));
    }
    if (read > headerEnd) {
      throw new LayerException("a layer has a header without end");
    }
  }
}
