package dev.sandbar.device.agent;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.store.OutOfMemory;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.PollResult;
import dev.sandbar.source.git.RevisionSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the repository at the interval, on a thread of its own, so that a slow network never holds
 * up the device.
 */
final class SourceFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceFollower.class);

  /** A source that fails is asked at this interval at last, unless its own is longer. */
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /**
   * How the source does.
   *
   * @param revision last one fetched; empty if none was
   * @param lastSync when the source last answered; {@link Instant#EPOCH} for never
   * @param lastAttempt when it was last asked; {@link Instant#EPOCH} for never
   * @param problem why the last attempt failed; empty if it did not
   * @param restsUntil before which the server does not want to be asked; {@link Instant#EPOCH} if
   *     it has not said so
   */
  record State(
      String revision, Instant lastSync, Instant lastAttempt, String problem, Instant restsUntil) {
    static final State NEVER = new State("", Instant.EPOCH, Instant.EPOCH, "", Instant.EPOCH);

    /** What is wrong, for people; empty if nothing is. */
    String shown() {
      return restsUntil.equals(Instant.EPOCH)
          ? problem
          : "%s; the server asks not to be asked before %s".formatted(problem, restsUntil);
    }
  }

  /** What the loop gets. */
  sealed interface News {
    record Fetched(Snapshot snapshot) implements News {}

    /** Nothing new, or nothing to be learned: only the state has changed. */
    record Same() implements News {}
  }

  private final RevisionSource source;
  private final Duration interval;
  private final Backoff backoff;
  private final Clock clock;
  private final LongUnaryOperator jitter;
  private final BiConsumer<News, State> listener;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEVER);
  private final Thread thread;
  private final Semaphore hurry = new Semaphore(0);
  private final Queue<Runnable> asked = new ConcurrentLinkedQueue<>();
  private int failures;

  private SourceFollower(
      RevisionSource source,
      Duration interval,
      Clock clock,
      LongUnaryOperator jitter,
      BiConsumer<News, State> listener) {
    this.source = source;
    this.interval = interval;
    // What chance takes off leaves the interval.
    Duration first = interval.multipliedBy(5).dividedBy(4);
    this.backoff = new Backoff(first, 2, first.compareTo(LONGEST) < 0 ? LONGEST : first, 20);
    this.clock = clock;
    this.jitter = jitter;
    this.listener = listener;
    this.thread = Thread.ofVirtual().name("source").unstarted(this::run);
  }

  /**
   * A follower, which {@link #begin} starts.
   *
   * @param jitter draws a number from 0 (inclusive) to its argument (exclusive); a twentieth of the
   *     interval is drawn, so that a fleet does not ask as one; after failures, more
   * @param listener called on the follower's thread with what the attempt led to
   */
  static SourceFollower of(
      RevisionSource source,
      Duration interval,
      Clock clock,
      LongUnaryOperator jitter,
      BiConsumer<News, State> listener) {
    return new SourceFollower(source, interval, clock, jitter, listener);
  }

  /** Starts to follow. */
  void begin() {
    thread.start();
  }

  State state() {
    return state.get();
  }

  /**
   * Asks the source now, however long it would wait by itself.
   *
   * @param done called on the follower's thread once the source has answered or failed, or wants to
   *     be left alone
   */
  void pollNow(Runnable done) {
    asked.add(done);
    hurry.release();
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        // Only who asked before the poll began is answered by it.
        var waiting = new ArrayList<Runnable>();
        for (Runnable done = asked.poll(); done != null; done = asked.poll()) {
          waiting.add(done);
        }
        Duration wait = pollOnce();
        waiting.forEach(Runnable::run);
        boolean _ = hurry.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS);
        hurry.drainPermits();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Whatever one poll or its listener meets, the next one comes.
   *
   * @return the time until then: the interval, longer with each failure, and never less than the
   *     server asks for
   */
  private Duration pollOnce() {
    Duration asked = Duration.ZERO;
    boolean good = false;
    try {
      PollResult result = poll();
      asked =
          switch (result) {
            case PollResult.Failed(var fault) -> fault.retryAfter();
            case PollResult.Resting(var fault) -> fault.retryAfter();
            case PollResult.Unchanged _, PollResult.Fetched _ -> {
              good = true;
              yield asked;
            }
          };
    } catch (RuntimeException | StackOverflowError e) {
      LOG.error("revision={} action=poll {}", state.get().revision(), Failures.defect(e));
    } catch (OutOfMemoryError e) {
      tooLarge();
    }
    failures = good ? 0 : failures + 1;
    Duration wait =
        good
            ? interval.plusMillis(jitter.applyAsLong(Math.max(1, interval.toMillis() / 20)))
            : backoff.after(failures, jitter);
    return wait.compareTo(asked) < 0 ? asked : wait;
  }

  /** What was fetched so far is garbage by now. */
  private void tooLarge() {
    State before = state.get();
    String problem = OutOfMemory.tooLarge("the newest revision");
    LOG.error("revision={} action=poll {}", before.revision(), problem);
    tell(
        new News.Same(),
        new State(before.revision(), before.lastSync(), clock.instant(), problem, Instant.EPOCH));
  }

  private PollResult poll() {
    State before = state.get();
    PollResult result = source.poll(before.revision());
    Instant now = clock.instant();
    switch (result) {
      case PollResult.Unchanged _ -> {
        tell(new News.Same(), new State(before.revision(), now, now, "", Instant.EPOCH));
      }
      case PollResult.Fetched(var snapshot) -> {
        LOG.info(
            "revision={} action=fetched files={}", snapshot.revision(), snapshot.files().size());
        tell(
            new News.Fetched(snapshot),
            new State(snapshot.revision(), now, now, "", Instant.EPOCH));
      }
      case PollResult.Failed(var fault) -> {
        if (!fault.toString().equals(before.problem())) {
          LOG.warn("revision={} action=fetch {}", before.revision(), fault);
        }
        Instant until =
            fault.retryAfter().isPositive()
                ? now.plus(fault.retryAfter()).truncatedTo(ChronoUnit.SECONDS)
                : Instant.EPOCH;
        tell(
            new News.Same(),
            new State(before.revision(), before.lastSync(), now, fault.toString(), until));
      }
      // Nobody was asked, and nothing is known that was not.
      case PollResult.Resting _ -> tell(new News.Same(), before);
    }
    return result;
  }

  private void tell(News news, State now) {
    State before = state.getAndSet(now);
    try {
      listener.accept(news, now);
    } catch (RuntimeException e) {
      // What it did not take must be fetched again.
      state.set(before);
      throw e;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
