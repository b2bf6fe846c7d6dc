package dev.sandbar.source.git;

import dev.sandbar.source.SourceTooLargeException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The pack as it comes in: its size, its number of objects and what they take to unpack are checked
 * before the parser allocates anything for them.
 */
final class PackBounds extends FilterInputStream {
  private final PollBounds bounds;
  private final PackObjects objects;
  private long position;

  PackBounds(InputStream pack, PollBounds bounds) {
    super(pack);
    this.bounds = bounds;
    this.objects = new PackObjects(bounds.limits());
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    if (value >= 0) {
      took(new byte[] {(byte) value}, 0, 1);
    }
    return value;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = super.read(buffer, offset, length);
    if (read > 0) {
      took(buffer, offset, read);
    }
    return read;
  }

  @Override
  public long skip(long bytes) throws IOException {
    byte[] buffer = new byte[(int) Math.clamp(bytes, 0, 8192)];
    return Math.max(read(buffer, 0, buffer.length), 0);
  }

  private void took(byte[] buffer, int offset, int length) throws IOException {
    bounds.checkTime();
    bounds.packTook(length);
    position += length;
    if (position > bounds.limits().maxPackBytes()) {
      throw new SourceTooLargeException(
          "the repository has more than " + bounds.limits().maxPackBytes() + " bytes");
    }
    objects.take(buffer, offset, length);
  }

  @Override
  public void close() throws IOException {
    objects.close();
    super.close();
  }
}
