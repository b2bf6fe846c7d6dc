package dev.sandbar.device.report;

import dev.sandbar.device.report.DriftAlert.Cause;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Identity;
import dev.sandbar.device.report.DriftAlert.Resolved;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What one destination must still be told and which alerts last, in memory. Every change is given
 * back as lines for the log, whose replay makes the same state again. Not for several threads.
 */
final class AlertBacklog {

  /**
   * Bounds.
   *
   * @param entries most alerts that wait, and most that last
   * @param bytes most bytes of waiting alerts on disk
   */
  record Limits(int entries, long bytes) {}

  /**
   * An alert that waits.
   *
   * @param begins whether the receiver has never heard of this drift; of one that ended meanwhile
   *     it must hear both
   */
  record Waiting(long sequence, boolean begins, DriftAlert alert) {
    AlertLine line() {
      return new AlertLine.Added(sequence, begins, alert);
    }

    int bytes() {
      return line().encode().length() + 1;
    }
  }

  private final boolean latestOnly;
  private final Limits limits;
  private final TreeMap<Long, Waiting> waiting = new TreeMap<>();
  private final Map<Identity, Firing> lasting = new LinkedHashMap<>();
  private long waitingBytes;
  private long nextSequence;
  private long dropped;

  /**
   * An empty one.
   *
   * @param latestOnly whether a newer alert makes an older one of the same identity pointless
   */
  AlertBacklog(boolean latestOnly, Limits limits) {
    this.latestOnly = latestOnly;
    this.limits = limits;
  }

  /** Repeats a change of an earlier life. */
  void replay(AlertLine line) {
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

  /** Takes an alert in, unless it says nothing new. */
  List<AlertLine> offer(DriftAlert alert) {
    List<AlertLine> lines = new ArrayList<>();
    news(alert).ifPresent(fresh -> admit(fresh, lines));
    return lines;
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
    boolean begins = !lasting.containsKey(identity);
    if (latestOnly) {
      List<Waiting> pointless =
          waiting.values().stream()
              .filter(older -> older.alert().cause().identity().equals(identity))
              .toList();
      begins |= pointless.stream().anyMatch(Waiting::begins);
      pointless.forEach(older -> remove(older.sequence(), lines));
    }
    Waiting entry = new Waiting(nextSequence++, begins, alert);
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

  /** These are settled: delivered, or lost for good. */
  List<AlertLine> settle(Collection<Waiting> done, boolean lost) {
    List<AlertLine> lines = new ArrayList<>();
    done.forEach(entry -> remove(entry.sequence(), lines));
    if (lost) {
      dropped += done.size();
      lines.add(new AlertLine.Dropped(dropped));
    }
    return lines;
  }

  /** The oldest alerts that wait. */
  List<Waiting> first(int most) {
    return waiting.values().stream().limit(most).toList();
  }

  /** What fires, as the receiver was or will be told. */
  Map<Identity, Firing> lasting() {
    return lasting;
  }

  int size() {
    return waiting.size();
  }

  long bytes() {
    return waitingBytes;
  }

  long dropped() {
    return dropped;
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

  /** Lines whose replay makes this state. */
  List<AlertLine> snapshot() {
    List<AlertLine> lines = new ArrayList<>();
    lines.add(new AlertLine.Dropped(dropped));
    lasting.values().forEach(firing -> lines.add(new AlertLine.Lasting(firing)));
    waiting.values().forEach(entry -> lines.add(entry.line()));
    return lines;
  }
}
