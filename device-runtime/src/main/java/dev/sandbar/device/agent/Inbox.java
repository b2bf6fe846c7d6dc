package dev.sandbar.device.agent;

import dev.sandbar.core.model.UnitName;
import java.time.Duration;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What woke the loop. Hints of many threads are merged, so that a storm of signals costs one round;
 * nothing is queued without bound.
 */
final class Inbox {

  /**
   * What has come in since the last round.
   *
   * @param everything whether all units must be looked at
   * @param units those that must be looked at anyway
   * @param sourceChanged whether a new result of the source is there to be taken
   * @param described whether the source says something else of itself
   * @param requested whether a person may have asked for something
   * @param polled the requests whose poll of the source has ended
   * @param disconnected whether the connection to systemd is gone
   * @param stop whether the loop shall end
   */
  record Wake(
      boolean everything,
      SortedSet<UnitName> units,
      boolean sourceChanged,
      boolean described,
      boolean requested,
      SortedSet<String> polled,
      boolean disconnected,
      boolean stop) {
    boolean isEmpty() {
      return !everything
          && units.isEmpty()
          && !sourceChanged
          && !described
          && !requested
          && polled.isEmpty()
          && !disconnected
          && !stop;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final SortedSet<UnitName> units = new TreeSet<>();
  private boolean everything;
  private boolean sourceChanged;
  private boolean described;
  private boolean requested;
  private final SortedSet<String> polled = new TreeSet<>();
  private boolean disconnected;
  private boolean stop;

  void look(Collection<UnitName> at) {
    change(() -> units.addAll(at));
  }

  void lookAtEverything() {
    change(() -> everything = true);
  }

  void sourceChanged() {
    change(() -> sourceChanged = true);
  }

  /** The source says something else of itself, as that it cannot be reached. */
  void described() {
    change(() -> described = true);
  }

  /** A person may have asked for something. */
  void requested() {
    change(() -> requested = true);
  }

  /** The source was asked for this request, or need not be. */
  void polled(String request) {
    change(() -> polled.add(request));
  }

  void disconnected() {
    change(() -> disconnected = true);
  }

  void stop() {
    change(() -> stop = true);
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something comes in or the time is up, and takes it. */
  Wake await(Duration most) throws InterruptedException {
    lock.lock();
    try {
      long left = most.toNanos();
      while (peek().isEmpty() && left > 0) {
        left = changed.awaitNanos(left);
      }
      Wake wake = peek();
      units.clear();
      everything = false;
      sourceChanged = false;
      described = false;
      requested = false;
      polled.clear();
      disconnected = false;
      return wake;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the loop shall end, at most so long; used where nothing else can be done. */
  boolean awaitStop(Duration most) throws InterruptedException {
    lock.lock();
    try {
      long left = most.toNanos();
      while (!stop && left > 0) {
        left = changed.await(left, TimeUnit.NANOSECONDS) ? left : 0;
      }
      return stop;
    } finally {
      lock.unlock();
    }
  }

  private Wake peek() {
    return new Wake(
        everything,
        new TreeSet<>(units),
        sourceChanged,
        described,
        requested,
        new TreeSet<>(polled),
        disconnected,
        stop);
  }
}
