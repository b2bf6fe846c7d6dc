package dev.sandbar.operator.publish;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * So many at a time, of them so many of one namespace, and namespaces take turns: what is slow in
 * one neither uses up the room of the others nor stands in line before them.
 */
public final class FairTurns {
  private final int most;
  private final int mostOfOne;
  private final Map<String, Integer> running = new HashMap<>();

  /** In the order in which namespaces have their turn; those without a waiter are not there. */
  private final LinkedHashMap<String, Deque<Semaphore>> waiting = new LinkedHashMap<>();

  private int total;

  /** Nobody has a turn yet. */
  public FairTurns(int most, int mostOfOne) {
    this.most = most;
    this.mostOfOne = Math.min(most, mostOfOne);
  }

  /** A turn, until it is closed. */
  public interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits for a turn. */
  public Turn take(String namespace) throws InterruptedException {
    var called = new Semaphore(0);
    synchronized (this) {
      waiting.computeIfAbsent(namespace, _ -> new ArrayDeque<>()).add(called);
      call();
    }
    try {
      called.acquire();
    } catch (InterruptedException e) {
      leave(namespace, called);
      throw e;
    }
    return () -> release(namespace);
  }

  private synchronized void leave(String namespace, Semaphore waiter) {
    Deque<Semaphore> line = waiting.getOrDefault(namespace, new ArrayDeque<>());
    boolean stillWaiting = line.remove(waiter);
    if (line.isEmpty()) {
      waiting.remove(namespace);
    }
    if (!stillWaiting) {
      release(namespace); // it was called in the same moment
    }
  }

  private synchronized void release(String namespace) {
    total--;
    running.computeIfPresent(namespace, (_, now) -> now > 1 ? now - 1 : null);
    call();
  }

  /** Calls whoever may go now; a namespace that was called goes to the end of the line. */
  private void call() {
    boolean called = true;
    while (called && total < most) {
      called = false;
      for (Map.Entry<String, Deque<Semaphore>> entry : waiting.entrySet()) {
        String namespace = entry.getKey();
        Deque<Semaphore> line = entry.getValue();
        if (running.getOrDefault(namespace, 0) < mostOfOne) {
          Semaphore next = line.remove();
          waiting.remove(namespace);
          if (!line.isEmpty()) {
            waiting.put(namespace, line);
          }
          running.merge(namespace, 1, Integer::sum);
          total++;
          next.release();
          called = true;
          break;
        }
      }
    }
  }
}
