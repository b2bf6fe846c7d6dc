package dev.sandbar.operator.reconcile;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Apps that wait for one worker, each once, however often it is asked for. Namespaces take turns,
 * so that a tenant's thousands of apps have another tenant wait for one of them.
 */
final class AppQueue {
  private final LongSupplier nanoTime;
  private final SequencedMap<String, SequencedSet<Key>> ready = new LinkedHashMap<>();

  /** Apps that wait until then, in nanoseconds. */
  private final Map<Key, Long> later = new HashMap<>();

  /** When an app was taken last, in nanoseconds. */
  private final Map<Key, Long> taken = new HashMap<>();

  /** What was taken and is not done yet. */
  private final Set<Key> atWork = new HashSet<>();

  AppQueue(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** As soon as possible. */
  synchronized void add(Key app) {
    later.remove(app);
    SequencedSet<Key> named = ready.computeIfAbsent(app.namespace(), _ -> new LinkedHashSet<>());
    if (named.add(app)) {
      notifyAll();
    }
  }

  /** Not sooner than so long after it was taken last. */
  synchronized void add(Key app, Duration apart) {
    Optional<Long> last = Optional.ofNullable(taken.get(app));
    if (last.isEmpty() || nanoTime.getAsLong() - last.get() >= apart.toNanos()) {
      add(app);
    } else if (!isReady(app)) {
      long _ = later.merge(app, last.get() + apart.toNanos(), Math::min);
    }
  }

  private boolean isReady(Key app) {
    SequencedSet<Key> named = ready.get(app.namespace());
    return named != null && named.contains(app);
  }

  /** The app is gone. */
  synchronized void remove(Key app) {
    later.remove(app);
    taken.remove(app);
    ready.computeIfPresent(
        app.namespace(),
        (_, named) -> {
          named.remove(app);
          return named.isEmpty() ? null : named;
        });
  }

  /** The next one, if one is there within this time; it is at work until {@link #done}. */
  synchronized Optional<Key> take(Duration within) throws InterruptedException {
    long end = nanoTime.getAsLong() + within.toNanos();
    Optional<Key> next = next();
    while (next.isEmpty() && left(end) > 0) {
      wait(left(end));
      next = next();
    }
    next.ifPresent(
        app -> {
          taken.put(app, nanoTime.getAsLong());
          atWork.add(app);
        });
    return next;
  }

  private Optional<Key> next() {
    long now = nanoTime.getAsLong();
    List<Key> due =
        later.entrySet().stream()
            .filter(it -> now - it.getValue() >= 0)
            .map(Map.Entry::getKey)
            .toList();
    due.forEach(this::add);
    Map.Entry<String, SequencedSet<Key>> first = ready.pollFirstEntry();
    if (first == null) {
      return Optional.empty();
    }
    Key app = first.getValue().removeFirst();
    if (!first.getValue().isEmpty()) {
      ready.putLast(first.getKey(), first.getValue());
    }
    return Optional.of(app);
  }

  /** What was taken is done. */
  synchronized void done(Key app) {
    atWork.remove(app);
    notifyAll();
  }

  /** Waits until nothing is ready and nothing is at work, at most so long. */
  synchronized void awaitIdle(Duration most) throws InterruptedException {
    long end = nanoTime.getAsLong() + most.toNanos();
    while ((!ready.isEmpty() || !atWork.isEmpty()) && left(end) > 0) {
      wait(left(end));
    }
  }

  /** Milliseconds until then. */
  private long left(long end) {
    return Duration.ofNanos(end - nanoTime.getAsLong()).toMillis();
  }

  /** How many wait. */
  synchronized int size() {
    return later.size() + ready.values().stream().mapToInt(Set::size).sum();
  }
}
