package dev.sandbar.device.chunk;

import dev.sandbar.device.kernel.RegularFile;
import dev.sandbar.device.kernel.StreamDigest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where the chunks of an image lie in other images of the device. These are cut and hashed anew
 * each time: nobody need have kept an index of them, and it is not believed what they once were.
 */
public final class LocalChunks implements Closeable {

  /** Bytes of other images that are read for one image. */
  private static final long MOST_READ = 1L << 30;

  /** Files that are open at a time; a device has few images that are alike. */
  private static final int MOST_FILES = 16;

  /** What is still missing then is not worth reading one more image. */
  private static final int ENOUGH = 20;

  private static final int NONE = -1;

  /**
   * Nobody can write an index whose chunks all get the same place in the table: that would take
   * long to fill.
   */
  private static final long[] SECRET =
      new SecureRandom().longs(4).map(number -> number | 1).toArray();

  private final ChunkIndex index;

  /** Of chunks that are alike the first, plus one; or 0. The next place where one is taken. */
  private final int[] table;

  /** The next one that is like a chunk, plus one; or 0. */
  private final int[] alike;

  private final byte[] file;
  private final long[] place;
  private final List<FileChannel> files = new ArrayList<>();
  private long found;
  private long read;

  private LocalChunks(ChunkIndex index) {
    this.index = index;
    this.table = new int[Integer.highestOneBit(index.count()) * 4];
    this.alike = new int[index.count()];
    this.file = new byte[index.count()];
    this.place = new long[index.count()];
    Arrays.fill(file, (byte) NONE);
    for (int i = 0; i < index.count(); i++) {
      int slot = slot(index.digest(i), index.length(i));
      if (table[slot] == 0) {
        table[slot] = i + 1;
      } else {
        int first = table[slot] - 1;
        alike[i] = alike[first];
        alike[first] = i + 1;
      }
    }
  }

  /** The place of a chunk in the table, which is empty if there is none like it. */
  private int slot(byte[] digest, int length) {
    var halves = ByteBuffer.wrap(digest);
    long mixed =
        halves.getLong() * SECRET[0]
            + halves.getLong() * SECRET[1]
            + length * SECRET[2]
            + SECRET[3];
    int slot = (int) (mixed >>> (Long.SIZE - Integer.numberOfTrailingZeros(table.length)));
    while (table[slot] != 0
        && !(index.length(table[slot] - 1) == length && index.matches(table[slot] - 1, digest))) {
      slot = (slot + 1) & (table.length - 1);
    }
    return slot;
  }

  /**
   * Looks for them.
   *
   * @param images that may have some; one that cannot be read has none
   */
  public static LocalChunks find(ChunkIndex index, List<Path> images) {
    var chunks = new LocalChunks(index);
    for (Path image : images) {
      if (chunks.isEnough()) {
        break;
      }
      chunks.look(image);
    }
    return chunks;
  }

  private boolean isEnough() {
    return index.size() - found <= index.size() / ENOUGH
        || read >= MOST_READ
        || files.size() >= MOST_FILES
        || Thread.currentThread().isInterrupted();
  }

  private void look(Path image) {
    try {
      FileChannel in = RegularFile.open(image);
      long before = found;
      try {
        ChunkCutter.cut(in, in.size(), this::take);
      } finally {
        if (found > before) {
          files.add(in);
        } else {
          in.close();
        }
      }
    } catch (IOException e) {
      // It has nothing that could be used, or nothing more.
    }
  }

  private boolean take(long at, ByteBuffer chunk) {
    int length = chunk.remaining();
    read += length;
    byte[] digest = StreamDigest.sha256(chunk);
    int first = table[slot(digest, length)];
    // What has been found once needs no second place, and neither do those that are like it.
    if (first != 0 && file[first - 1] == NONE) {
      for (int i = first; i != 0; i = alike[i - 1]) {
        file[i - 1] = (byte) files.size();
        place[i - 1] = at;
        found += length;
      }
    }
    return read < MOST_READ && !Thread.currentThread().isInterrupted();
  }

  /** Bytes of the image that are on the device. */
  public long found() {
    return found;
  }

  /** Whether a chunk is on the device. */
  public boolean has(int chunk) {
    return file[chunk] != NONE;
  }

  /**
   * A chunk that is on the device.
   *
   * @return empty if it is not what it was any more; it is not asked for again then
   */
  public Optional<ByteBuffer> read(int chunk) {
    var bytes = ByteBuffer.allocate(index.length(chunk));
    try {
      FileChannel from = files.get(file[chunk]);
      while (bytes.hasRemaining()) {
        if (from.read(bytes, place[chunk] + bytes.position()) < 0) {
          break;
        }
      }
    } catch (IOException e) {
      // As if it were changed.
    }
    if (index.matches(chunk, bytes.flip())) {
      return Optional.of(bytes);
    }
    file[chunk] = NONE;
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    for (FileChannel each : files) {
      each.close();
    }
  }
}
