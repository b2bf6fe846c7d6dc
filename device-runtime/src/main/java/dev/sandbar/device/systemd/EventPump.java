package dev.sandbar.device.systemd;

import dev.sandbar.device.systemd.SystemdEvent.Disconnected;
import dev.sandbar.device.systemd.SystemdEvent.Reloaded;
import dev.sandbar.device.systemd.SystemdEvent.UnitChanged;
import dev.sandbar.report.OneLine;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands events to the listeners on one thread. Starting a unit makes a dozen signals within
 * milliseconds; equal events that arrive together are sent once.
 */
final class EventPump implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EventPump.class);

  /** How long the first event of a burst waits for the rest. */
  private static final long GATHER_MILLIS = 5;

  private final List<Consumer<SystemdEvent>> listeners = new CopyOnWriteArrayList<>();
  private final Set<SystemdEvent> waiting = new LinkedHashSet<>();
  private boolean started;
  private boolean closed;

  /** Adds a listener; the thread starts with the first. */
  synchronized void add(Consumer<SystemdEvent> listener) {
    listeners.add(listener);
    if (!started) {
      started = true;
      Thread.ofVirtual().name("systemd-events").start(this::run);
    }
  }

  /** Never blocks. */
  synchronized void offer(SystemdEvent event) {
    if (listeners.isEmpty() || closed) {
      return;
    }
    if (event instanceof Reloaded) {
      // Everything is read again anyway.
      waiting.removeIf(UnitChanged.class::isInstance);
    }
    waiting.add(event);
    notifyAll();
  }

  /** Nothing but what was offered before is sent any more. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  private void run() {
    try {
      while (true) {
        List<SystemdEvent> burst = next();
        if (burst.isEmpty()) {
          return;
        }
        burst.forEach(this::tell);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized List<SystemdEvent> next() throws InterruptedException {
    while (waiting.isEmpty() && !closed) {
      wait();
    }
    if (!closed && waiting.stream().noneMatch(Disconnected.class::isInstance)) {
      long end = System.nanoTime() + GATHER_MILLIS * 1_000_000;
      for (long left = end - System.nanoTime(); left > 0 && !closed; ) {
        wait(left / 1_000_000, (int) (left % 1_000_000));
        left = end - System.nanoTime();
      }
    }
    var burst = List.copyOf(waiting);
    waiting.clear();
    return burst;
  }

  private void tell(SystemdEvent event) {
    for (Consumer<SystemdEvent> listener : listeners) {
      try {
        listener.accept(event);
      } catch (RuntimeException e) {
        // One bad listener must not make the others blind.
        LOG.error("event={} action=listener-failed fault={}", event, OneLine.defect(e));
      }
    }
  }
}
