package dev.sandbar.source.git;

import dev.sandbar.source.SourceTooLargeException;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.EmptyProgressMonitor;
import org.eclipse.jgit.lib.ProgressMonitor;
import org.jspecify.annotations.Nullable;

/** The time and the bytes that one poll may use; shared by all streams of it. */
final class PollBounds {
  private final GitLimits limits;
  private final long deadline;
  private long received;
  private boolean ended;
  private @Nullable IOException broken;
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

  /**
   * True if the failure is the server's stream: it ended before what was promised had come, or
   * reading it failed.
   */
  boolean isCutByServer(List<Throwable> causes) {
    IOException failure = broken;
    Throwable deepest = causes.getLast();
    // JGit asks once more for what is missing, and then blames the order of its own requests.
    boolean missing = deepest instanceof EOFException || deepest instanceof TransportException;
    return (failure != null && causes.contains(failure)) || (ended && missing);
  }

  private interface Read {
    int bytes() throws IOException;
  }

  private int received(Read read) throws IOException {
    try {
      int result = read.bytes();
      ended = result < 0;
      return result;
    } catch (IOException e) {
      broken = e;
      throw e;
    }
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
        int value = received(super::read);
        count(value < 0 ? 0 : 1);
        return value;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = received(() -> super.read(buffer, offset, length));
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
