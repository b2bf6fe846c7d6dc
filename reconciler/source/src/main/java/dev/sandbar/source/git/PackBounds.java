package dev.sandbar.source.git;

import dev.sandbar.source.SourceTooLargeException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The pack as it comes in: its size and, from its header, its number of objects are checked before
 * the parser allocates anything for them. Format: {@code PACK}, version, count, each four bytes
 * (gitformat-pack(5)).
 */
final class PackBounds extends FilterInputStream {
  private static final int HEADER = 12;
  private static final int COUNT_AT = 8;

  private final PollBounds bounds;
  private long position;
  private long count;

  PackBounds(InputStream pack, PollBounds bounds) {
    super(pack);
    this.bounds = bounds;
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    if (value >= 0) {
      take(value);
      check();
    }
    return value;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = super.read(buffer, offset, length);
    for (int i = 0; i < read; i++) {
      if (position >= HEADER) {
        position += read - i;
        break;
      }
      take(buffer[offset + i] & 0xFF);
    }
    check();
    return read;
  }

  @Override
  public long skip(long bytes) throws IOException {
    byte[] buffer = new byte[(int) Math.min(Math.max(bytes, 0), 8192)];
    return Math.max(read(buffer, 0, buffer.length), 0);
  }

  private void take(int value) {
    if (position >= COUNT_AT && position < HEADER) {
      count = count << 8 | value;
    }
    position++;
  }

  private void check() throws IOException {
    bounds.checkTime();
    GitLimits limits = bounds.limits();
    if (position >= HEADER && count > limits.maxObjects()) {
      throw new SourceTooLargeException(
          "the repository has %d objects, at most %d are fetched"
              .formatted(count, limits.maxObjects()));
    }
    if (position > limits.maxPackBytes()) {
      throw new SourceTooLargeException(
          "the repository has more than " + limits.maxPackBytes() + " bytes");
    }
  }
}
