package dev.sandbar.device.report;

import dev.sandbar.device.report.DriftAlert.Cause;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Identity;
import dev.sandbar.device.report.DriftAlert.Resolved;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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

  /**
   * Bounds.
   *
   * @param entries most alerts that wait, and most that last
   * @param bytes most bytes of waiting alerts on disk
   */
  record Limits(int entries, long bytes) {
    static final Limits DEFAULT = new Limits(1000, 4 << 20);
  }

  /**
   * An alert that waits.
   *
   * @param begins whether the receiver has never heard of this drift
   */
  record Waiting(long sequence, boolean begins, DriftAlert alert) {
    AlertLine line() {
      return new AlertLine.Added(sequence, begins, alert);
    }

    int bytes() {
      return line().encode().length() + 1;
    }
  }

  private final String destination;
  private final boolean latestOnly;
  private final Limits limits;
  private final AlertLog log;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final TreeMap<Long, Waiting> waiting = new TreeMap<>();
  private final Map<Identity, Firing> lasting = new LinkedHashMap<>();
  private final Set<Identity> unconfirmed = new HashSet<>();
  private long waitingBytes;
  private long nextSequence;
  private long dropped;
  private boolean logBroken;

  /**
   * Opens the queue and what an earlier life left in it.
   *
   * @param latestOnly whether a newer alert makes an older one of the same identity pointless
   */
  AlertQueue(Path file, String destination, boolean latestOnly, Limits limits) throws IOException {
    this.destination = destination;
    this.latestOnly = latestOnly;
    this.limits = limits;
    this.log = new AlertLog(file);
    log.replayed().forEach(this::replay);
    unconfirmed.addAll(lasting.keySet());
    if (log.damaged() > 0) {
      LOG.warn(
          "destination={} action=alert-queue-repaired lines-lost={}", destination, log.damaged());
    }
    // Also makes a new file's name durable.
    log.rewrite(snapshot());
  }

  private void replay(AlertLine line) {
    switch (line) {
      case AlertLine.Added(long sequence, boolean begins, DriftAlert alert) -> {
        track(alert);
        insert(new Waiting(sequence, begins, alert));
        nextSequence = Math.max(nextSequence, sequence + 1);
      }
      case AlertLine.Removed(long sequence) -> {
        take(sequence);
        nextSequence = Math.max(nextSequence, sequence + 1);
      }
      case AlertLine.GivenUp(long sequence) -> forget(sequence);
      case AlertLine.Lasting(Firing alert) -> track(alert);
      case AlertLine.Dropped(long total) -> dropped = total;
    }
  }

  /**
   * Takes alerts in, durably. One that says nothing new (it fires already with the same values, or
   * nothing is there to end) is left out.
   */
  void offer(Collection<? extends DriftAlert> alerts) {
    lock.lock();
    try {
      List<AlertLine> lines = new ArrayList<>();
      long before = dropped;
      for (DriftAlert alert : alerts) {
        unconfirmed.remove(alert.cause().identity());
        news(alert).ifPresent(fresh -> admit(fresh, lines));
      }
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
        Firing firing = lasting.get(identity);
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

  /** What a receiver does not know yet, with the start and severity it was first told. */
  private Optional<DriftAlert> news(DriftAlert alert) {
    Firing known = lasting.get(alert.cause().identity());
    return switch (alert) {
      case Firing firing -> {
        if (known == null) {
          yield Optional.of(firing);
        }
        Cause old = known.cause();
        Cause now = firing.cause();
        boolean same =
            old.declared().equals(now.declared()) && old.observed().equals(now.observed());
        yield same ? Optional.empty() : Optional.of(new Firing(continued(old, now)));
      }
      case Resolved resolved ->
          known == null
              ? Optional.empty()
              : Optional.of(new Resolved(known.cause(), resolved.endsAt()));
    };
  }

  private static Cause continued(Cause old, Cause now) {
    return new Cause(
        now.device(),
        now.app(),
        now.unit(),
        now.layer(),
        now.subject(),
        now.declared(),
        now.observed(),
        old.startsAt(),
        now.revision(),
        old.severity(),
        now.reason());
  }

  private void admit(DriftAlert alert, List<AlertLine> lines) {
    Identity identity = alert.cause().identity();
    if (latestOnly) {
      waiting.values().stream()
          .filter(older -> older.alert().cause().identity().equals(identity))
          .map(Waiting::sequence)
          .toList()
          .forEach(sequence -> remove(sequence, lines));
    }
    Waiting entry = new Waiting(nextSequence++, !lasting.containsKey(identity), alert);
    track(alert);
    lines.add(entry.line());
    insert(entry);
    while (waiting.size() > limits.entries() || waitingBytes > limits.bytes()) {
      giveUp(lines);
    }
    if (lasting.size() > limits.entries()) {
      lasting.remove(lasting.keySet().iterator().next());
      dropped++;
    }
  }

  /**
   * Lets go of what matters least: what is said again anyway, what has come and gone, the oldest.
   */
  private void giveUp(List<AlertLine> lines) {
    if (latestOnly) {
      for (Waiting candidate : waiting.values()) {
        if (candidate.alert() instanceof Firing) {
          // Nothing is lost: it lasts, and so it is said again.
          remove(candidate.sequence(), lines);
          return;
        }
      }
    }
    Map<Identity, Waiting> seen = new HashMap<>();
    for (Waiting candidate : waiting.values()) {
      Waiting earlier = seen.put(candidate.alert().cause().identity(), candidate);
      if (earlier != null && earlier.alert() instanceof Firing) {
        remove(earlier.sequence(), lines);
        dropped++;
        if (earlier.begins() && candidate.alert() instanceof Resolved) {
          // The receiver never hears that it began, so there is no end to tell either.
          remove(candidate.sequence(), lines);
          dropped++;
        }
        return;
      }
    }
    Waiting oldest = waiting.firstEntry().getValue();
    dropped++;
    if (oldest.begins()) {
      lines.add(new AlertLine.GivenUp(oldest.sequence()));
      forget(oldest.sequence());
    } else {
      remove(oldest.sequence(), lines);
    }
  }

  /** The receiver never hears that it began, so it must not hear of its end either. */
  private void forget(long sequence) {
    Waiting gone = waiting.get(sequence);
    if (gone != null) {
      lasting.remove(gone.alert().cause().identity());
      boolean unused = take(sequence);
    }
  }

  /** The oldest alerts that wait. */
  List<Waiting> first(int most) {
    lock.lock();
    try {
      return waiting.values().stream().limit(most).toList();
    } finally {
      lock.unlock();
    }
  }

  /** What lasts, as far as this life of the agent knows. */
  List<Firing> lasting() {
    lock.lock();
    try {
      return lasting.values().stream()
          .filter(firing -> !unconfirmed.contains(firing.cause().identity()))
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** These were delivered. */
  void delivered(Collection<Waiting> done) {
    settle(done, false);
  }

  /** These will never be delivered. */
  void refused(Collection<Waiting> done) {
    settle(done, true);
  }

  private void settle(Collection<Waiting> done, boolean lost) {
    lock.lock();
    try {
      List<AlertLine> lines = new ArrayList<>();
      done.forEach(entry -> remove(entry.sequence(), lines));
      if (lost) {
        dropped += done.size();
        lines.add(new AlertLine.Dropped(dropped));
      }
      // Lost with a power cut this only means that they are delivered twice: no fsync.
      persist(lines, false);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something waits to be sent, or the time is over, or {@link #wake} is called. */
  void await(long nanos) throws InterruptedException {
    lock.lock();
    try {
      if (waiting.isEmpty()) {
        long unused = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /** Alerts given up since the queue was first made. */
  long dropped() {
    lock.lock();
    try {
      return dropped;
    } finally {
      lock.unlock();
    }
  }

  private void track(DriftAlert alert) {
    switch (alert) {
      case Firing firing -> lasting.put(firing.cause().identity(), firing);
      case Resolved resolved -> lasting.remove(resolved.cause().identity());
    }
  }

  private void insert(Waiting entry) {
    waiting.put(entry.sequence(), entry);
    waitingBytes += entry.bytes();
  }

  private void remove(long sequence, List<AlertLine> lines) {
    if (take(sequence)) {
      lines.add(new AlertLine.Removed(sequence));
    }
  }

  private boolean take(long sequence) {
    Waiting gone = waiting.remove(sequence);
    if (gone == null) {
      return false;
    }
    waitingBytes -= gone.bytes();
    return true;
  }

  private List<AlertLine> snapshot() {
    List<AlertLine> lines = new ArrayList<>();
    lines.add(new AlertLine.Dropped(dropped));
    lasting.values().forEach(firing -> lines.add(new AlertLine.Lasting(firing)));
    waiting.values().forEach(entry -> lines.add(entry.line()));
    return lines;
  }

  /** A full disk must not stop the agent: the queue lives on in memory and tries again later. */
  private void persist(List<AlertLine> lines, boolean durable) {
    // An agent that is told to stop is interrupted, and must still keep what it has seen.
    boolean interrupted = Thread.interrupted();
    try {
      if (logBroken || log.size() > Math.max(SMALLEST_REWRITE, 4 * waitingBytes)) {
        log.rewrite(snapshot());
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
