package dev.sandbar.device.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Reads the body of an answer, but not for ever, however slowly it comes: the client of the Java
 * platform limits only the time until an answer begins.
 */
final class BodyReader implements AutoCloseable {

  private static final Duration STEP = Duration.ofMillis(250);

  private final InputStream body;
  private final FetchLimits limits;
  private final long begun;
  private final byte[] buffer = new byte[1 << 16];
  private final Thread watch;
  private int arrived;
  private volatile long heard = System.nanoTime();
  private volatile String tooLong = "";

  /**
   * A reader.
   *
   * @param begun when the attempt began that this is part of ({@link System#nanoTime})
   */
  BodyReader(InputStream body, FetchLimits limits, long begun) {
    this.body = body;
    this.limits = limits;
    this.begun = begun;
    this.watch = Thread.ofVirtual().name("fetch-watch").start(this::watch);
  }

  private void watch() {
    try {
      while (tooLong.isEmpty()) {
        Thread.sleep(STEP);
        long now = System.nanoTime();
        if (now - heard > limits.silence().toNanos()) {
          tooLong =
              "less than %d bytes have come in %d s"
                  .formatted(limits.least(), limits.silence().toSeconds());
        } else if (now - begun > limits.whole().toNanos()) {
          tooLong = "it takes more than %d minutes".formatted(limits.whole().toMinutes());
        }
      }
      body.close();
    } catch (InterruptedException | IOException e) {
      // The reader has ended, or finds out by itself.
    }
  }

  /**
   * The next piece; an empty one at the end.
   *
   * @throws FetchException if it does not come, or not in time
   */
  ByteBuffer next() throws FetchException {
    try {
      int count = body.read(buffer);
      if (!tooLong.isEmpty()) {
        throw new FetchException(tooLong);
      }
      arrived += Math.max(0, count);
      if (arrived >= limits.least() || count < 0) {
        heard = System.nanoTime();
        arrived = 0;
      }
      return ByteBuffer.wrap(buffer, 0, Math.max(0, count));
    } catch (FetchException e) {
      throw e;
    } catch (IOException e) {
      throw new FetchException(tooLong.isEmpty() ? "the connection was lost" : tooLong);
    }
  }

  @Override
  public void close() throws IOException {
    watch.interrupt();
    body.close();
  }
}
