package dev.sandbar.source.git;

import dev.sandbar.source.SourceTooLargeException;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.EmptyProgressMonitor;
import org.eclipse.jgit.lib.ProgressMonitor;
import org.jspecify.annotations.Nullable;

/** The time and the bytes that one poll may use; shared by all streams of it. */
final class PollBounds {
  /** More than any server says while it makes a pack, and what the layers between may hold. */
  private static final int MAX_MESSAGE_BYTES = 512 * 1024;

  private static final String MESSAGES =
      "the server sends more than " + MAX_MESSAGE_BYTES + " bytes of messages";

  private static final Duration LONGEST_REFS = Duration.ofSeconds(30);

  private final GitLimits limits;
  private final long deadline;
  private long received;
  private boolean ended;
  private @Nullable IOException broken;
  private long allowed;

  /** When the names of the refs must have come; 0 while none are awaited. */
  private long refsDeadline;

  /** Bytes of messages for people, which come between those of a pack. */
  private boolean inPack;

  private long packStart;
  private long packBytes;
  private volatile @Nullable SourceTooLargeException exceeded;

  PollBounds(GitLimits limits) {
    this.limits = limits;
    this.deadline = System.nanoTime() + limits.timeout().toNanos();
    this.allowed = limits.maxAnswerBytes();
  }

  GitLimits limits() {
    return limits;
  }

  boolean expired() {
    long now = System.nanoTime();
    return now - deadline >= 0 || (refsDeadline != 0 && now - refsDeadline >= 0);
  }

  /** A connection begins: names of refs come first, not for long. */
  void connects() {
    inPack = false;
    allowed = received + limits.maxAnswerBytes();
    long time = Math.min(limits.timeout().dividedBy(2).toNanos(), LONGEST_REFS.toNanos());
    refsDeadline = System.nanoTime() + time;
  }

  /** The names of refs have come. */
  void refsCame() {
    refsDeadline = 0;
  }

  /** Of the stream these bytes were of the pack, and no messages. */
  void packTook(int bytes) {
    packBytes += bytes;
  }

  /** What the server sent too much of, if that is why the stream ended. */
  Optional<SourceTooLargeException> exceeded() {
    return Optional.ofNullable(exceeded);
  }

  /** What is left of the time; at least a millisecond. */
  Duration left() {
    return Duration.ofNanos(Math.max(deadline - System.nanoTime(), 1_000_000));
  }

  /** From here on a pack may come. */
  void packBegins() {
    // The pack travels in small frames, together with messages: hence more than the pack itself.
    allowed = received + limits.maxPackBytes() + limits.maxAnswerBytes();
    inPack = true;
    packStart = received;
    packBytes = 0;
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
      throw exceeds("the server sends more than " + allowed + " bytes");
    }
    // Frames are 5 in 65 520 bytes, or 5 in 1 000 of an old server. JGit keeps all that is said.
    if (inPack && received - packStart - packBytes > MAX_MESSAGE_BYTES + packBytes / 50) {
      throw exceeds(MESSAGES);
    }
  }

  private SourceTooLargeException exceeds(String message) {
    var failure = new SourceTooLargeException(message);
    exceeded = failure;
    return failure;
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

  /**
   * What a server sends beside the exchange, for people: JGit keeps all of it.
   *
   * @param end ends the exchange, once there was too much
   */
  InputStream boundMessages(InputStream stream, Runnable end) {
    return new FilterInputStream(stream) {
      private long seen;

      @Override
      public int read() throws IOException {
        return took(super.read(), 1);
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        return took(read, read);
      }

      private int took(int result, int bytes) {
        if (result < 0 || seen > MAX_MESSAGE_BYTES) {
          return -1;
        }
        seen += bytes;
        if (seen > MAX_MESSAGE_BYTES) {
          SourceTooLargeException _ = exceeds(MESSAGES);
          end.run();
          return -1;
        }
        return result;
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
