package dev.sandbar.device.report;

import dev.sandbar.device.report.DriftAlert.Cause;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Identity;
import dev.sandbar.device.report.DriftAlert.Resolved;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What one destination must still get and which alerts last, in memory. Not for several threads.
 */
final class AlertBacklog {

  /**
   * Bounds.
   *
   * @param entries most alerts that wait, and most that last
   * @param bytes most bytes of each on disk
   */
  record Limits(int entries, long bytes) {}

  /**
   * An alert that waits.
   *
   * @param begins whether the receiver has never heard of this drift; of one that ended meanwhile
   *     it must hear both
   */
  record Waiting(long sequence, boolean begins, DriftAlert alert) {}

  private final boolean latestOnly;
  private final Limits limits;
  private final TreeMap<Long, Waiting> waiting = new TreeMap<>();
  private final Map<Identity, Firing> lasting = new LinkedHashMap<>();
  private long waitingBytes;
  private long lastingBytes;
  private long nextSequence;
  private long removals;
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

  /**
   * Takes an alert in, unless it says nothing new.
   *
   * @return whether it did
   */
  boolean offer(DriftAlert alert) {
    Optional<DriftAlert> news = news(alert);
    news.ifPresent(
        fresh -> {
          Identity identity = fresh.cause().identity();
          boolean begins =
              !lasting.containsKey(identity)
                  || superseded(identity).stream().anyMatch(Waiting::begins);
          insert(new Waiting(nextSequence, begins, fresh));
        });
    return news.isPresent();
  }

  /** What a receiver does not know yet, with the start and severity that were sent first. */
  private Optional<DriftAlert> news(DriftAlert alert) {
    Optional<Cause> known =
        Optional.ofNullable(lasting.get(alert.cause().identity())).map(Firing::cause);
    return switch (alert) {
      case Firing firing -> {
        if (known.isEmpty()) {
          yield Optional.of(firing);
        }
        Cause old = known.get();
        Cause now = firing.cause();
        boolean same =
            old.declared().equals(now.declared()) && old.observed().equals(now.observed());
        yield same ? Optional.empty() : Optional.of(new Firing(continued(old, now)));
      }
      case Resolved resolved -> known.map(cause -> new Resolved(cause, resolved.endsAt()));
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

  /** What a newer alert of this identity makes pointless. */
  private List<Waiting> superseded(Identity identity) {
    return latestOnly
        ? waiting.values().stream()
            .filter(older -> older.alert().cause().identity().equals(identity))
            .toList()
        : List.of();
  }

  /** Takes in what is news, or what an earlier life left. */
  void insert(Waiting entry) {
    superseded(entry.alert().cause().identity()).forEach(this::remove);
    track(entry.alert());
    waiting.put(entry.sequence(), entry);
    waitingBytes += AlertStore.bytes(entry.alert());
    skip(entry.sequence());
    while (waiting.size() > limits.entries() || waitingBytes > limits.bytes()) {
      giveUp();
    }
    while (lasting.size() > limits.entries() || lastingBytes > limits.bytes()) {
      forget(lasting.keySet().iterator().next());
      dropped++;
    }
  }

  /** Gives this number to no alert that is news. */
  void skip(long sequence) {
    nextSequence = Math.max(nextSequence, sequence + 1);
  }

  /**
   * Lets go of what matters least: what is said again anyway, what has come and gone, the oldest.
   */
  private void giveUp() {
    if (latestOnly) {
      for (Waiting candidate : waiting.values()) {
        if (candidate.alert() instanceof Firing) {
          // Nothing is lost: it lasts, and so it is said again.
          remove(candidate);
          return;
        }
      }
    }
    Map<Identity, Waiting> seen = new HashMap<>();
    for (Waiting candidate : waiting.values()) {
      Waiting earlier = seen.put(candidate.alert().cause().identity(), candidate);
      if (earlier != null && earlier.alert() instanceof Firing) {
        settle(List.of(earlier), true);
        if (earlier.begins() && candidate.alert() instanceof Resolved) {
          // The receiver never hears that it began, so there is no end to send either.
          settle(List.of(candidate), true);
        }
        return;
      }
    }
    Waiting oldest = waiting.firstEntry().getValue();
    settle(List.of(oldest), true);
    if (oldest.begins()) {
      // The receiver never hears that it began, so it must not hear of its end either.
      forget(oldest.alert().cause().identity());
    }
  }

  /** These are settled: delivered, or lost for good. */
  void settle(Collection<Waiting> done, boolean lost) {
    done.forEach(this::remove);
    if (lost) {
      dropped += done.size();
    }
  }

  /** What waits, oldest first. */
  Collection<Waiting> waiting() {
    return waiting.values();
  }

  /** What fires, as it was or will be sent. */
  Map<Identity, Firing> lasting() {
    return lasting;
  }

  /** How many alerts have waited and no longer do. */
  long removals() {
    return removals;
  }

  long dropped() {
    return dropped;
  }

  /** So many were dropped in earlier lives. */
  void dropped(long total) {
    dropped = total;
  }

  /** It fires or no longer does, as it was or will be sent. */
  void track(DriftAlert alert) {
    Identity identity = alert.cause().identity();
    switch (alert) {
      case Firing firing -> {
        lastingBytes += AlertStore.bytes(firing);
        Optional.ofNullable(lasting.put(identity, firing))
            .ifPresent(before -> lastingBytes -= AlertStore.bytes(before));
      }
      case Resolved _ -> forget(identity);
    }
  }

  private void forget(Identity identity) {
    Optional.ofNullable(lasting.remove(identity))
        .ifPresent(gone -> lastingBytes -= AlertStore.bytes(gone));
  }

  private void remove(Waiting entry) {
    Optional.ofNullable(waiting.remove(entry.sequence()))
        .ifPresent(
            gone -> {
              waitingBytes -= AlertStore.bytes(gone.alert());
              removals++;
            });
  }
}
