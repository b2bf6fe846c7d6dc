package dev.sandbar.source.git;

import dev.sandbar.source.SourceTooLargeException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import org.eclipse.jgit.lib.EmptyProgressMonitor;
import org.eclipse.jgit.lib.ProgressMonitor;

/** The time and the bytes that one poll may use; shared by all streams of it. */
final class PollBounds {
  private final GitLimits limits;
  private final long deadline;
  private long received;
  private long allowed;

  PollBounds(GitLimits limits) {
    this.limits = limits;
    this.deadline = System.nanoTime() + limits.timeout().toNanos();
    this.allowed = limits.maxAnswerBytes();
  }

  GitLimits limits() {
    return limits;
  }

  boolean expired() {
    return System.nanoTime() - deadline >= 0;
  }

  /** What is left of the time; at least a millisecond. */
  Duration left() {
    return Duration.ofNanos(Math.max(deadline - System.nanoTime(), 1_000_000));
  }

  /** From here on a pack may come. */
  void packBegins() {
    // The pack travels in small frames, together with messages: hence more than the pack itself.
    allowed = received + limits.maxPackBytes() + limits.maxAnswerBytes();
  }

  private void count(int bytes) throws IOException {
    checkTime();
    received += Math.max(bytes, 0);
    if (received > allowed) {
      throw new SourceTooLargeException("the server sends more than " + allowed + " bytes");
    }
  }

  void checkTime() throws InterruptedIOException {
    if (expired()) {
      throw new InterruptedIOException("the time limit of the poll has passed");
    }
  }

  /** A stream from the server that ends with an exception when a bound is exceeded. */
  InputStream bound(InputStream stream) {
    return new FilterInputStream(stream) {
      @Override
      public int read() throws IOException {
        int value = super.read();
        count(value < 0 ? 0 : 1);
        return value;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        count(read);
        return read;
      }

      @Override
      public long skip(long bytes) throws IOException {
        byte[] buffer = new byte[(int) Math.min(Math.max(bytes, 0), 8192)];
        return Math.max(read(buffer, 0, buffer.length), 0);
      }

      @Override
      public boolean markSupported() {
        return false;
      }
    };
  }

  /** Ends long computations, such as resolving the differences of a pack, when the time is over. */
  ProgressMonitor monitor() {
    return new EmptyProgressMonitor() {
      @Override
      public boolean isCancelled() {
        return expired();
      }
    };
  }
}
