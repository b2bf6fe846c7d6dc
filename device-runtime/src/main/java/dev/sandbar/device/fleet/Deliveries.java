package dev.sandbar.device.fleet;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;

/**
 * What others are told, in the order in which it was decided, and never under the lock under which
 * it was: whoever is told may ask back, or wait for somebody who does.
 */
public final class Deliveries {
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private final Semaphore turn = new Semaphore(1);

  /** Notes something to be told; under a lock, if need be. */
  public void add(Runnable message) {
    waiting.add(message);
  }

  /**
   * Tells what was noted, unless another thread does so already. To be called under no lock, after
   * each {@link #add}.
   */
  public void deliver() {
    while (!waiting.isEmpty() && turn.tryAcquire()) {
      try {
        for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
          next.run();
        }
      } finally {
        turn.release();
      }
    }
  }
}
