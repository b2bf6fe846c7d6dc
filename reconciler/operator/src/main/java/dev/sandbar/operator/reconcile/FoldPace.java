package dev.sandbar.operator.reconcile;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * When the status of which app is folded. An app is folded at most once a second, whether that ends
 * in a write or not: a device that reports something else all the time must not have its namespace
 * read without end. What folding costs counts against the namespace: of one that has used up its
 * share the apps wait, and those of others are served. Namespaces take turns, since an app also
 * waits for the API server, however little it costs: one with thousands of apps has as many turns
 * as one with a single app.
 */
final class FoldPace {
  static final Duration SOON = Duration.ofMillis(100);
  static final Duration APART = Duration.ofSeconds(1);

  /** What a namespace may use at once, and then one part in so many of the time. */
  private static final Duration BURST = Duration.ofMillis(500);

  private static final int PART = 4;

  /** Of more namespaces it is forgotten who of those that wait for nothing had a turn. */
  private static final int MOST_TURNS = 1_000;

  private final Map<Key, Long> due = new HashMap<>();
  private final Map<Key, Long> folded = new HashMap<>();
  private final Map<String, Debt> debts = new HashMap<>();

  /** Number of the last turn of each namespace. */
  private final Map<String, Long> turns = new HashMap<>();

  private long turn;

  /** Time that a namespace has used, as of a moment; it is paid back as time goes by. */
  private record Debt(long nanos, long at) {
    long left(long now) {
      return Math.max(0, nanos - (now - at) / PART);
    }
  }

  /** Something has changed for the app. */
  synchronized void mark(Key app, Duration delay, long now) {
    long at = now + delay.toNanos();
    Long last = folded.get(app);
    long earliest = last == null ? at : Math.max(at, last + APART.toNanos());
    due.merge(app, earliest, Math::min);
  }

  /** The app is gone. */
  synchronized void forget(Key app) {
    due.remove(app);
    folded.remove(app);
  }

  /**
   * The app that has waited longest of those whose time has come, in the namespace whose last turn
   * is longest ago; it waits no more.
   */
  synchronized Optional<Key> next(long now) {
    debts.values().removeIf(debt -> debt.left(now) == 0);
    Optional<Key> next =
        due.entrySet().stream()
            .filter(e -> e.getValue() - now <= 0)
            .filter(e -> isServed(e.getKey().namespace(), now))
            .min(
                Comparator.<Map.Entry<Key, Long>>comparingLong(
                        e -> turns.getOrDefault(e.getKey().namespace(), 0L))
                    .thenComparing(Map.Entry.comparingByValue()))
            .map(Map.Entry::getKey);
    next.ifPresent(this::serve);
    return next;
  }

  private void serve(Key app) {
    due.remove(app);
    turns.put(app.namespace(), ++turn);
    if (turns.size() > MOST_TURNS) {
      turns
          .keySet()
          .retainAll(due.keySet().stream().map(Key::namespace).collect(Collectors.toSet()));
    }
  }

  private boolean isServed(String namespace, long now) {
    Debt debt = debts.get(namespace);
    return debt == null || debt.left(now) < BURST.toNanos();
  }

  /** The app has been folded by now, which cost so much. */
  synchronized void folded(Key app, long cost, long now) {
    folded.put(app, now);
    Debt before = debts.get(app.namespace());
    long left = before == null ? 0 : before.left(now);
    debts.put(app.namespace(), new Debt(left + Math.max(0, cost), now));
  }

  /** How many apps something is known of. */
  synchronized int size() {
    return due.size() + folded.size();
  }
}
