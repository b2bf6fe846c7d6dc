package dev.sandbar.device.fleet;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** A server whose answers are counted, so that it is known whether it can be reached. */
public final class ObservedCluster implements Cluster {

  /** Hears of each exchange. */
  public interface Witness {
    /** An exchange is over. */
    void exchanged(Kind kind, boolean good);

    /**
     * The server answers again after it did not for a while, or for the first time. Short lapses
     * are not told: who hurries at each would knock without end at a server that fails one kind of
     * call.
     */
    void returned();
  }

  /** What was asked. */
  public enum Kind {
    GET,
    POST,
    PATCH,
    WATCH
  }

  private static final Duration LAPSE = Duration.ofSeconds(3);

  private final Cluster cluster;
  private final Clock clock;
  private final Witness witness;
  private final AtomicBoolean connected = new AtomicBoolean();
  private final AtomicLong lostAt = new AtomicLong(System.nanoTime() - LAPSE.toNanos());
  private final AtomicReference<Instant> lastContact = new AtomicReference<>(Instant.EPOCH);

  /** Nothing is known of it yet. */
  public ObservedCluster(Cluster cluster, Clock clock, Witness witness) {
    this.cluster = cluster;
    this.clock = clock;
    this.witness = witness;
  }

  /** Whether the last exchange reached it. */
  public boolean connected() {
    return connected.get();
  }

  /** When it last answered; {@link Instant#EPOCH} for never. */
  public Instant lastContact() {
    return lastContact.get();
  }

  @Override
  public Answer send(Call call) throws InterruptedException {
    Answer answer = cluster.send(call);
    Kind kind =
        switch (call.method()) {
          case GET -> Kind.GET;
          case POST -> Kind.POST;
          case PATCH -> Kind.PATCH;
        };
    heard(kind, answer);
    return answer;
  }

  @Override
  public Answer stream(Call call, Duration quiet, Lines lines) throws InterruptedException {
    Answer answer =
        cluster.stream(
            call,
            quiet,
            document -> {
              reached();
              return lines.line(document);
            });
    heard(Kind.WATCH, answer);
    return answer;
  }

  private void heard(Kind kind, Answer answer) {
    witness.exchanged(kind, answer instanceof Answer.Success);
    switch (answer) {
      case Answer.Success _ -> reached();
      case Answer.Refusal(var status, _, _) when status < 500 -> reached();
      // A watch that breaks says nothing of the next call.
      case Answer.Refusal _, Answer.Failure _ -> {
        if (kind != Kind.WATCH && connected.getAndSet(false)) {
          lostAt.set(System.nanoTime());
        }
      }
    }
  }

  private void reached() {
    lastContact.set(clock.instant());
    if (!connected.getAndSet(true) && System.nanoTime() - lostAt.get() >= LAPSE.toNanos()) {
      witness.returned();
    }
  }
}
