package dev.sandbar.operator.reconcile;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Keeps what was used last, up to a weight: what devices report is of any size, and a number of
 * entries alone bounds no memory.
 */
final class WeighedCache<K, V> {
  private final LinkedHashMap<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final long most;
  private final ToLongFunction<V> weight;
  private long held;

  /** Empty; holds no more than this weight, the newest entry aside. */
  WeighedCache(long most, ToLongFunction<V> weight) {
    this.most = most;
    this.weight = weight;
  }

  synchronized Optional<V> get(K key) {
    return Optional.ofNullable(entries.get(key));
  }

  synchronized void put(K key, V value) {
    held += weight.applyAsLong(value);
    Optional.ofNullable(entries.put(key, value))
        .ifPresent(before -> held -= weight.applyAsLong(before));
    var eldest = entries.entrySet().iterator();
    while (held > most && entries.size() > 1) {
      Map.Entry<K, V> gone = eldest.next();
      held -= weight.applyAsLong(gone.getValue());
      eldest.remove();
    }
  }

  synchronized long held() {
    return held;
  }
}
