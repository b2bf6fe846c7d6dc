package dev.sandbar.device.chunk;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.kernel.StreamDigest;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The chunks of one image, in their order: how long each is, and the first half of its SHA-256.
 * That half finds chunks and shows damage; what becomes of them is judged by the digest of the
 * whole image, and by nothing here.
 *
 * <p>In a file: eight bytes that name the format, the SHA-256 of the image, its size (8 bytes), the
 * number of chunks (4), and of each chunk its length (4) and its digest (16), all big-endian.
 */
public final class ChunkIndex {

  /** The type of such a file in a registry. */
  public static final String MEDIA_TYPE = "application/vnd.sandbar.chunks.v1";

  /** What the name of the file has behind the name of the image. */
  public static final String SUFFIX = ".chunks";

  /** Bytes of the digest of a chunk. */
  static final int DIGEST = 16;

  /** Chunks of an index that is read: some 5 GiB of them on average. */
  static final int MOST = 160_000;

  private static final byte[] MAGIC = "sbchunk1".getBytes(StandardCharsets.US_ASCII);
  private static final int WHOLE = Sha256.HEX_LENGTH / 2;
  private static final int HEAD = MAGIC.length + WHOLE + Long.BYTES + Integer.BYTES;
  private static final int ENTRY = Integer.BYTES + DIGEST;

  /** Bytes of the longest index that is read. */
  public static final int LONGEST = HEAD + MOST * ENTRY;

  private final Sha256 content;
  private final byte[] bytes;

  /** Where each chunk begins in the image, and at last where the image ends. */
  private final long[] starts;

  private ChunkIndex(Sha256 content, byte[] bytes, long[] starts) {
    this.content = content;
    this.bytes = bytes;
    this.starts = starts;
  }

  /** What came of reading one. */
  public sealed interface Reading {
    /** It can be used. */
    record Usable(ChunkIndex index) implements Reading {}

    /** It cannot; the text says why. */
    record Unusable(String reason) implements Reading {}
  }

  /** Reads one. Never throws for bad input. */
  public static Reading read(byte[] bytes) {
    if (bytes.length < HEAD || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      return new Reading.Unusable("it is no index of chunks");
    }
    var buffer = ByteBuffer.wrap(bytes);
    var content = new Sha256(HexFormat.of().formatHex(bytes, MAGIC.length, MAGIC.length + WHOLE));
    long size = buffer.getLong(MAGIC.length + WHOLE);
    int count = buffer.getInt(MAGIC.length + WHOLE + Long.BYTES);
    if (count < 1 || count > MOST || bytes.length != HEAD + count * ENTRY) {
      return new Reading.Unusable("it does not have the chunks that it promises");
    }
    var starts = new long[count + 1];
    for (int i = 0; i < count; i++) {
      int length = buffer.getInt(HEAD + i * ENTRY);
      if (length < 1 || length > ChunkCutter.MOST) {
        return new Reading.Unusable("it has a chunk of %d bytes".formatted(length));
      }
      starts[i + 1] = starts[i] + length;
    }
    return starts[count] == size
        ? new Reading.Usable(new ChunkIndex(content, bytes, starts))
        : new Reading.Unusable("its chunks are not as long as the image");
  }

  /**
   * Makes the index of an image.
   *
   * @param content digest of the image
   * @return the file
   * @throws IOException if the image cannot be read, or has too many chunks
   */
  public static byte[] write(Path image, Sha256 content) throws IOException {
    var entries = new ByteArrayOutputStream();
    var out = new DataOutputStream(entries);
    try (FileChannel in = FileChannel.open(image)) {
      long size = in.size();
      ChunkCutter.cut(
          in,
          size,
          (at, chunk) -> {
            out.writeInt(chunk.remaining());
            out.write(digest(chunk), 0, DIGEST);
            return true;
          });
      int count = entries.size() / ENTRY;
      if (count < 1 || count > MOST) {
        throw new IOException(
            "the image has %d chunks, of which devices read 1 to %d".formatted(count, MOST));
      }
      return ByteBuffer.allocate(HEAD + entries.size())
          .put(MAGIC)
          .put(HexFormat.of().parseHex(content.hex()))
          .putLong(size)
          .putInt(count)
          .put(entries.toByteArray())
          .array();
    }
  }

  private static byte[] digest(ByteBuffer chunk) {
    return StreamDigest.sha256(chunk.duplicate());
  }

  /** The digest of the image. */
  public Sha256 content() {
    return content;
  }

  /** Bytes of the image. */
  public long size() {
    return starts[count()];
  }

  /** How many chunks there are. */
  public int count() {
    return starts.length - 1;
  }

  /** Where a chunk begins in the image; at the number of chunks, where the image ends. */
  public long start(int chunk) {
    return starts[chunk];
  }

  /** Bytes of a chunk. */
  public int length(int chunk) {
    return (int) (starts[chunk + 1] - starts[chunk]);
  }

  /** The chunk that has this byte of the image. */
  public int chunkAt(long at) {
    int found = Arrays.binarySearch(starts, at);
    return found >= 0 ? found : -found - 2;
  }

  /** Whether these bytes are that chunk. */
  public boolean matches(int chunk, ByteBuffer content) {
    return content.remaining() == length(chunk) && matches(chunk, digest(content));
  }

  boolean matches(int chunk, byte[] digest) {
    int at = HEAD + chunk * ENTRY + Integer.BYTES;
    return Arrays.equals(bytes, at, at + DIGEST, digest, 0, DIGEST);
  }

  /** The digest of a chunk, as far as it is kept. */
  byte[] digest(int chunk) {
    int at = HEAD + chunk * ENTRY + Integer.BYTES;
    return Arrays.copyOfRange(bytes, at, at + DIGEST);
  }
}
