package dev.sandbar.device.kube;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The lines of an answer as they come. Asks for more bytes only when it has no whole line left, so
 * that a server that sends faster than the device works fills the network's buffers, not the heap.
 */
final class LineStream implements HttpResponse.BodySubscriber<LineStream>, AutoCloseable {
  private final int longest;
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
  private final Deque<byte[]> lines = new ArrayDeque<>();
  private byte[] begun = new byte[1024];
  private int size;
  private volatile Flow.@Nullable Subscription subscription;
  private volatile boolean closed;

  LineStream(int longest) {
    this.longest = longest;
  }

  private sealed interface Arrival {
    record Bytes(List<ByteBuffer> buffers) implements Arrival {}

    record Broken(Throwable cause) implements Arrival {}

    record End() implements Arrival {}
  }

  /**
   * Waits for the next line.
   *
   * @return without its newline; empty at the end of the stream
   * @throws HttpTimeoutException if no byte has come for the time
   * @throws IOException if the line is too long or the connection broke
   */
  Optional<byte[]> next(Duration idle) throws IOException, InterruptedException {
    while (lines.isEmpty()) {
      Arrival arrival = arrivals.poll(idle.toNanos(), TimeUnit.NANOSECONDS);
      switch (arrival) {
        case null -> throw new HttpTimeoutException("silent");
        case Arrival.Broken(Throwable cause) -> throw new IOException(cause.getMessage(), cause);
        case Arrival.End() -> {
          // What stands there without a newline was cut off.
          return Optional.empty();
        }
        case Arrival.Bytes(var buffers) -> {
          for (ByteBuffer buffer : buffers) {
            take(buffer);
          }
          Flow.Subscription more = subscription;
          if (lines.isEmpty() && more != null) {
            more.request(1);
          }
        }
      }
    }
    byte[] line = lines.removeFirst();
    Flow.Subscription more = subscription;
    if (lines.isEmpty() && more != null) {
      more.request(1);
    }
    return Optional.of(line);
  }

  private void take(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      byte next = buffer.get();
      if (next == '\n') {
        lines.addLast(Arrays.copyOf(begun, size));
        size = 0;
        continue;
      }
      if (size == longest) {
        throw new BoundedBody.TooLarge(longest);
      }
      if (size == begun.length) {
        begun = Arrays.copyOf(begun, Math.min(longest, 2 * size));
      }
      begun[size++] = next;
    }
    if (size == 0 && begun.length > 1 << 16) {
      begun = new byte[1024];
    }
  }

  @Override
  public CompletionStage<LineStream> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    if (closed) {
      subscription.cancel();
    } else {
      subscription.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    arrivals.add(new Arrival.Bytes(buffers));
  }

  @Override
  public void onError(Throwable failure) {
    arrivals.add(new Arrival.Broken(failure));
  }

  @Override
  public void onComplete() {
    arrivals.add(new Arrival.End());
  }

  @Override
  public void close() {
    closed = true;
    Flow.Subscription running = subscription;
    if (running != null) {
      running.cancel();
    }
  }
}
