package dev.sandbar.device.fleet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;

/** Lines of a stream, each bounded in length, and the silence between them in time. */
final class BoundedLines implements AutoCloseable {
  private final InputStream input;
  private final int most;
  private final long quietNanos;
  private final byte[] buffer = new byte[16 << 10];
  private final Thread watchdog;
  private int from;
  private int to;
  private volatile long lastHeard = System.nanoTime();
  private volatile boolean silent;

  BoundedLines(InputStream input, int most, Duration quiet) {
    this.input = input;
    this.most = most;
    this.quietNanos = quiet.toNanos();
    this.watchdog = Thread.ofVirtual().name("watchdog").start(this::watch);
  }

  private void watch() {
    try {
      while (true) {
        long left = quietNanos - (System.nanoTime() - lastHeard);
        if (left <= 0) {
          silent = true;
          input.close();
          return;
        }
        Thread.sleep(Duration.ofNanos(left));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // Closed by the other side in the same moment: that is what was wanted.
    }
  }

  /** The next line without its end; empty at the end of the stream. */
  Optional<byte[]> next() throws IOException {
    var line = new ByteArrayOutputStream();
    while (true) {
      for (int i = from; i < to; i++) {
        if (buffer[i] == '\n') {
          take(line, i);
          from = i + 1;
          if (line.size() > 0) {
            return Optional.of(line.toByteArray());
          }
        }
      }
      take(line, to);
      if (!fill()) {
        if (line.size() > 0) {
          throw new IOException("the stream ended in the middle of a line");
        }
        return Optional.empty();
      }
    }
  }

  private void take(ByteArrayOutputStream line, int end) throws IOException {
    if (line.size() + end - from > most) {
      throw new IOException("a line of the stream is longer than " + most + " bytes");
    }
    line.write(buffer, from, end - from);
    from = end;
  }

  private boolean fill() throws IOException {
    int count;
    try {
      count = input.read(buffer);
    } catch (IOException e) {
      throw silent ? new IOException("the stream fell silent", e) : e;
    }
    if (count <= 0) {
      if (silent) {
        throw new IOException("the stream fell silent");
      }
      return false;
    }
    lastHeard = System.nanoTime();
    from = 0;
    to = count;
    return true;
  }

  /** Everything that is left, at most the length of one line. */
  byte[] rest() throws IOException {
    return input.readNBytes(most);
  }

  @Override
  public void close() throws IOException {
    watchdog.interrupt();
    input.close();
  }
}
