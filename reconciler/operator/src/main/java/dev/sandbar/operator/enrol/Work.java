package dev.sandbar.operator.enrol;

import dev.sandbar.report.OneLine;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does one piece of work after the other, each key once however often it was asked for, and again
 * later if it failed. One poisoned object does not hold up the others. What takes rights away comes
 * before all else, its retries too: a right ends when it is taken away, not when others have
 * theirs.
 */
final class Work implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Work.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LAST_RETRY = Duration.ofSeconds(60);

  /**
   * So many pieces that come first are done in a row while others are due: a device that leaves
   * makes such a piece with each of its reports, and would hold up all that enrol or renew.
   */
  private static final int IN_A_ROW = 16;

  private final LinkedHashMap<String, Piece> first = new LinkedHashMap<>();
  private final LinkedHashMap<String, Piece> waiting = new LinkedHashMap<>();
  private int row;
  private volatile boolean closed;
  private final Thread worker;

  private record Piece(Runnable task, long notBefore, Duration pause) {}

  Work(String name) {
    worker = Thread.ofVirtual().name(name).start(this::run);
  }

  /** Asks for it to be done; what was asked for the same key before is forgotten. */
  void add(String key, Runnable task) {
    put(waiting, key, new Piece(task, System.nanoTime(), FIRST_RETRY), true);
  }

  /** Asks for it to be done before all that was asked for by {@link #add}. */
  void first(String key, Runnable task) {
    put(first, key, new Piece(task, System.nanoTime(), FIRST_RETRY), true);
  }

  private synchronized void put(
      LinkedHashMap<String, Piece> queue, String key, Piece piece, boolean replace) {
    if (replace || !queue.containsKey(key)) {
      queue.put(key, piece);
      notifyAll();
    }
  }

  private record Taken(LinkedHashMap<String, Piece> queue, String key, Piece piece) {}

  private void run() {
    try {
      // An interrupt alone ends only a wait, of which there is none as long as work is due.
      while (!closed) {
        Taken next = take();
        Piece piece = next.piece();
        try {
          piece.task().run();
        } catch (RuntimeException e) {
          LOG.warn("work={} retry={} failed={}", next.key(), piece.pause(), OneLine.of(e));
          Duration twice = piece.pause().multipliedBy(2);
          put(
              next.queue(),
              next.key(),
              new Piece(
                  piece.task(),
                  System.nanoTime() + piece.pause().toNanos(),
                  twice.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : twice),
              false);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private synchronized Taken take() throws InterruptedException {
    while (true) {
      long now = System.nanoTime();
      Optional<Taken> urgent = due(first, now);
      Optional<Taken> other =
          urgent.isPresent() && row < IN_A_ROW ? Optional.empty() : due(waiting, now);
      row = urgent.isPresent() && other.isEmpty() ? row + 1 : 0;
      Optional<Taken> next = other.or(() -> urgent);
      if (next.isPresent()) {
        Taken taken = next.get();
        taken.queue().remove(taken.key());
        return taken;
      }
      wait(Math.min(pause(first, now), pause(waiting, now)) / 1_000_000 + 1);
    }
  }

  private static Optional<Taken> due(LinkedHashMap<String, Piece> queue, long now) {
    for (Map.Entry<String, Piece> entry : queue.entrySet()) {
      if (entry.getValue().notBefore() - now <= 0) {
        return Optional.of(new Taken(queue, entry.getKey(), entry.getValue()));
      }
    }
    return Optional.empty();
  }

  private static long pause(LinkedHashMap<String, Piece> queue, long now) {
    long soonest = Duration.ofMinutes(1).toNanos();
    for (Piece piece : queue.values()) {
      soonest = Math.min(soonest, piece.notBefore() - now);
    }
    return soonest;
  }

  @Override
  public void close() {
    closed = true;
    worker.interrupt();
  }
}
