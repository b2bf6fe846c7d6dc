package dev.sandbar.operator.enrol;

import dev.sandbar.report.OneLine;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does one piece of work after the other, each key once however often it was asked for, and again
 * later if it failed. One poisoned object does not hold up the others.
 */
final class Work implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Work.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LAST_RETRY = Duration.ofSeconds(60);

  private final LinkedHashMap<String, Piece> waiting = new LinkedHashMap<>();
  private final Thread worker;

  private record Piece(Runnable task, long notBefore, Duration pause) {}

  Work(String name) {
    worker = Thread.ofVirtual().name(name).start(this::run);
  }

  /** Asks for it to be done; what was asked for the same key before is forgotten. */
  void add(String key, Runnable task) {
    put(key, new Piece(task, System.nanoTime(), FIRST_RETRY), true);
  }

  /** Asks for it to be done before all that waits. */
  synchronized void first(String key, Runnable task) {
    var _ = waiting.remove(key);
    waiting.putFirst(key, new Piece(task, System.nanoTime(), FIRST_RETRY));
    notifyAll();
  }

  private synchronized void put(String key, Piece piece, boolean replace) {
    if (replace || !waiting.containsKey(key)) {
      waiting.put(key, piece);
      notifyAll();
    }
  }

  private void run() {
    try {
      while (true) {
        Map.Entry<String, Piece> next = take();
        Piece piece = next.getValue();
        try {
          piece.task().run();
        } catch (RuntimeException e) {
          LOG.warn("work={} retry={} failed={}", next.getKey(), piece.pause(), OneLine.of(e));
          Duration twice = piece.pause().multipliedBy(2);
          put(
              next.getKey(),
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

  private synchronized Map.Entry<String, Piece> take() throws InterruptedException {
    while (true) {
      long now = System.nanoTime();
      long soonest = Duration.ofMinutes(1).toNanos();
      for (Map.Entry<String, Piece> entry : waiting.entrySet()) {
        long left = entry.getValue().notBefore() - now;
        if (left <= 0) {
          waiting.remove(entry.getKey());
          return Map.entry(entry.getKey(), entry.getValue());
        }
        soonest = Math.min(soonest, left);
      }
      wait(soonest / 1_000_000 + 1);
    }
  }

  @Override
  public void close() {
    worker.interrupt();
  }
}
