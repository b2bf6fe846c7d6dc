package dev.sandbar.device.report;

import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Identity;
import dev.sandbar.device.report.DriftAlert.Resolved;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one destination must still be told, on disk, and which alerts last. When {@link #offer}
 * returns, the alerts outlive a crash and a power cut. Each is delivered at least once: a crash
 * between delivery and the note of it delivers again.
 *
 * <p>Safe for several threads.
 */
final class AlertQueue implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AlertQueue.class);

  /** Below this a rewrite is not worth its fsync. */
  private static final long SMALLEST_REWRITE = 256 << 10;

  private final String destination;
  private final AlertBacklog backlog;
  private final AlertLog log;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Identity> unconfirmed = new HashSet<>();
  private boolean logBroken;
  private boolean released;

  /**
   * Opens the queue and what an earlier life left in it.
   *
   * @param backlog an empty one
   */
  AlertQueue(Path file, String destination, AlertBacklog backlog) throws IOException {
    this.destination = destination;
    this.backlog = backlog;
    this.log = new AlertLog(file, backlog::replay);
    unconfirmed.addAll(backlog.lasting().keySet());
    if (log.damaged() > 0) {
      LOG.warn(
          "destination={} action=alert-queue-repaired lines-lost={}", destination, log.damaged());
    }
    // Also makes a new file's name durable.
    log.rewrite(backlog.snapshot());
  }

  /**
   * Takes alerts in, durably. One that says nothing new (it fires already with the same values, or
   * nothing is there to end) is left out.
   */
  void offer(Collection<? extends DriftAlert> alerts) {
    lock.lock();
    try {
      List<AlertLine> lines = new ArrayList<>();
      long before = backlog.dropped();
      for (DriftAlert alert : alerts) {
        unconfirmed.remove(alert.cause().identity());
        lines.addAll(backlog.offer(alert));
      }
      long dropped = backlog.dropped();
      if (dropped != before) {
        lines.add(new AlertLine.Dropped(dropped));
        LOG.warn(
            "destination={} action=drop-alerts reason=queue-full total={}", destination, dropped);
      }
      if (!lines.isEmpty()) {
        persist(lines, true);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends every alert of an earlier life that nobody has confirmed since. */
  void endUnconfirmed(Instant now) {
    lock.lock();
    try {
      List<Resolved> ended = new ArrayList<>();
      for (Identity identity : unconfirmed) {
        Firing firing = backlog.lasting().get(identity);
        if (firing != null) {
          ended.add(new Resolved(firing.cause(), now));
        }
      }
      offer(ended);
      unconfirmed.clear();
    } finally {
      lock.unlock();
    }
  }

  /** The oldest alerts that wait. */
  List<AlertBacklog.Waiting> first(int most) {
    lock.lock();
    try {
      return backlog.first(most);
    } finally {
      lock.unlock();
    }
  }

  /** What lasts, as far as this life of the agent knows. */
  List<Firing> lasting() {
    lock.lock();
    try {
      return backlog.lasting().values().stream()
          .filter(firing -> !unconfirmed.contains(firing.cause().identity()))
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** These were delivered. */
  void delivered(Collection<AlertBacklog.Waiting> done) {
    settle(done, false);
  }

  /** These will never be delivered. */
  void refused(Collection<AlertBacklog.Waiting> done) {
    settle(done, true);
  }

  private void settle(Collection<AlertBacklog.Waiting> done, boolean lost) {
    lock.lock();
    try {
      // Lost with a power cut this only means that they are delivered twice: no fsync.
      persist(backlog.settle(done, lost), false);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something waits to be sent, or the time is over, or {@link #release} is called. */
  void await(long nanos) throws InterruptedException {
    lock.lock();
    try {
      if (backlog.size() == 0 && !released) {
        long unused = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** From now on nobody waits. */
  void release() {
    lock.lock();
    try {
      released = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return backlog.size();
    } finally {
      lock.unlock();
    }
  }

  /** Alerts given up since the queue was first made. */
  long dropped() {
    lock.lock();
    try {
      return backlog.dropped();
    } finally {
      lock.unlock();
    }
  }

  /** A full disk must not stop the agent: the queue lives on in memory and tries again later. */
  private void persist(List<AlertLine> lines, boolean durable) {
    // An agent that is told to stop is interrupted, and must still keep what it has seen.
    boolean interrupted = Thread.interrupted();
    try {
      if (logBroken || log.size() > Math.max(SMALLEST_REWRITE, 4 * backlog.bytes())) {
        log.rewrite(backlog.snapshot());
        logBroken = false;
      } else if (!lines.isEmpty()) {
        log.append(lines, durable);
      }
    } catch (IOException e) {
      if (!logBroken) {
        LOG.error(
            "destination={} action=keep-alerts-in-memory reason=\"{}\"", destination, e.toString());
      }
      logBroken = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      log.close();
    } finally {
      lock.unlock();
    }
  }
}
