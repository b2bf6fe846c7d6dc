package dev.sandbar.device.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Reads the body of an answer, but waits for none of its pieces for ever: the client of the Java
 * platform limits only the time until an answer begins.
 */
final class BodyReader implements AutoCloseable {

  private static final Duration STEP = Duration.ofMillis(250);

  private final InputStream body;
  private final FetchLimits limits;
  private final long begun = System.nanoTime();
  private final byte[] buffer = new byte[1 << 16];
  private final Thread watch;
  private volatile long heard = begun;
  private volatile String tooLong = "";

  BodyReader(InputStream body, FetchLimits limits) {
    this.body = body;
    this.limits = limits;
    this.watch = Thread.ofVirtual().name("fetch-watch").start(this::watch);
  }

  private void watch() {
    try {
      while (tooLong.isEmpty()) {
        Thread.sleep(STEP);
        long now = System.nanoTime();
        if (now - heard > limits.silence().toNanos()) {
          tooLong = "nothing has come for %d s".formatted(limits.silence().toSeconds());
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
   * @throws FetchException if it does not come in time
   */
  ByteBuffer next() throws IOException {
    try {
      int count = body.read(buffer);
      if (!tooLong.isEmpty()) {
        throw new FetchException(tooLong);
      }
      heard = System.nanoTime();
      return ByteBuffer.wrap(buffer, 0, Math.max(0, count));
    } catch (FetchException e) {
      throw e;
    } catch (IOException e) {
      throw tooLong.isEmpty() ? e : new FetchException(tooLong);
    }
  }

  @Override
  public void close() throws IOException {
    watch.interrupt();
    body.close();
  }
}
