package dev.sandbar.device.report;

import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Identity;
import dev.sandbar.device.report.DriftAlert.Resolved;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one destination must still get, on disk, and which alerts last. When {@link #offer} returns,
 * the alerts outlive a crash and a power cut. Each is delivered at least once: a crash between
 * delivery and the note of it delivers again.
 *
 * <p>Safe for several threads.
 */
final class AlertQueue implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AlertQueue.class);

  private final String destination;
  private final AlertBacklog backlog;
  private final AlertStore store;
  private final Set<Identity> unconfirmed = new HashSet<>();
  private boolean diskFails;
  private boolean released;
  private boolean closed;

  /**
   * Opens the queue and what an earlier life left in it.
   *
   * @param backlog an empty one
   */
  AlertQueue(StateStore store, String destination, AlertBacklog backlog) throws IOException {
    this.destination = destination;
    this.backlog = backlog;
    this.store = new AlertStore(store, destination);
    this.store.load(backlog);
    unconfirmed.addAll(backlog.lasting().keySet());
    persist();
  }

  /**
   * Takes alerts in, durably. One that says nothing new (it fires already with the same values, or
   * nothing is there to end) is left out.
   */
  synchronized void offer(Collection<? extends DriftAlert> alerts) {
    boolean news = false;
    long before = backlog.dropped();
    for (DriftAlert alert : alerts) {
      unconfirmed.remove(alert.cause().identity());
      news |= backlog.offer(alert);
    }
    long dropped = backlog.dropped();
    if (dropped != before) {
      LOG.warn(
          "destination={} action=drop-alerts reason=queue-full total={}", destination, dropped);
    }
    if (news) {
      persist();
      notifyAll();
    }
  }

  /** Ends every alert of an earlier life that nobody has confirmed since. */
  synchronized void endUnconfirmed(Instant now) {
    List<Resolved> ended = new ArrayList<>();
    for (Identity identity : unconfirmed) {
      Firing firing = backlog.lasting().get(identity);
      if (firing != null) {
        ended.add(new Resolved(firing.cause(), now));
      }
    }
    offer(ended);
    unconfirmed.clear();
  }

  /** The oldest alerts that wait. */
  synchronized List<AlertBacklog.Waiting> first(int most) {
    return backlog.waiting().stream().limit(most).toList();
  }

  /** What lasts, as far as this life of the agent knows. */
  synchronized List<Firing> lasting() {
    return backlog.lasting().values().stream()
        .filter(firing -> !unconfirmed.contains(firing.cause().identity()))
        .toList();
  }

  /** These were delivered. */
  synchronized void delivered(Collection<AlertBacklog.Waiting> done) {
    backlog.settle(done, false);
    persist();
  }

  /** These will never be delivered. */
  synchronized void refused(Collection<AlertBacklog.Waiting> done) {
    backlog.settle(done, true);
    persist();
  }

  /** Waits until something waits to be sent, or the time is over, or {@link #release} is called. */
  synchronized void await(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    long left = nanos;
    while (left > 0 && backlog.waiting().isEmpty() && !released) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = end - System.nanoTime();
    }
  }

  /** From now on nobody waits. */
  synchronized void release() {
    released = true;
    notifyAll();
  }

  synchronized int size() {
    return backlog.waiting().size();
  }

  /** Alerts given up since the queue was first made. */
  synchronized long dropped() {
    return backlog.dropped();
  }

  /** A full disk must not stop the agent: the queue lives on in memory and tries again later. */
  private void persist() {
    if (closed) {
      return; // Another life may have opened it.
    }
    // An agent that is asked to stop is interrupted, and must still keep what it has seen.
    boolean interrupted = Thread.interrupted();
    try {
      store.save(backlog);
      diskFails = false;
    } catch (IOException e) {
      if (!diskFails) {
        LOG.error(
            "destination={} action=keep-alerts-in-memory reason=\"{}\"", destination, e.toString());
      }
      diskFails = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Tries once more to write what could not be written. */
  @Override
  public synchronized void close() {
    persist();
    closed = true;
  }
}
