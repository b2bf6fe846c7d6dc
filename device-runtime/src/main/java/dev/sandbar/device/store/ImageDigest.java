package dev.sandbar.device.store;

import dev.sandbar.device.kernel.StreamDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/** The digest of a file that somebody else may be writing to. */
final class ImageDigest {

  static final String GROWS = "it grows while it is read";

  private static final String TOO_SLOW = "it takes more than 30 minutes to read";
  private static final Duration LONGEST = Duration.ofMinutes(30);
  private static final int BUFFER = 1 << 20;

  private ImageDigest() {}

  /**
   * Reads at most so much, and not for ever.
   *
   * @param progress called with how much has been read and copied, after every piece
   * @param to where it is copied to
   * @throws IOException if there is more, or it takes too long
   */
  static String hash(ReadableByteChannel in, long size, LongConsumer progress, FileChannel... to)
      throws IOException {
    long end = System.nanoTime() + LONGEST.toNanos();
    StreamDigest sha256 = StreamDigest.sha256();
    var buffer = ByteBuffer.allocateDirect(BUFFER);
    long total = 0;
    while (in.read(buffer) >= 0) {
      total += buffer.flip().remaining();
      if (total > size) {
        throw new IOException(GROWS);
      }
      if (System.nanoTime() - end > 0) {
        throw new IOException(TOO_SLOW);
      }
      sha256.update(buffer.duplicate());
      for (FileChannel out : to) {
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
      }
      progress.accept(total);
      buffer.clear();
    }
    return HexFormat.of().formatHex(sha256.digest());
  }
}
