package dev.sandbar.operator.publish;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one copy of equal values: most devices of a fleet say the same, and what each of ten
 * thousand holds by itself is held ten thousand times. What nobody holds any more is let go.
 *
 * @param <T> an immutable type; values of different classes must not be equal, as an empty sorted
 *     map and an empty map would be
 */
public final class Shared<T> {
  private final ConcurrentHashMap<Object, Kept<T>> values = new ConcurrentHashMap<>();
  private final ReferenceQueue<T> ended = new ReferenceQueue<>();

  /** The one copy. */
  public T one(T value) {
    return one(value, UnaryOperator.identity());
  }

  /**
   * The one copy.
   *
   * @param whenNew makes an equal value that is worth keeping, for example of shared parts
   */
  public T one(T value, UnaryOperator<T> whenNew) {
    sweep();
    Optional<T> there =
        Optional.ofNullable(values.get(new Sought(value)))
            .flatMap(kept -> Optional.ofNullable(kept.get()));
    if (there.isPresent()) {
      return there.get();
    }
    // Held here until it is given away: what only the map holds may be gone the next moment.
    T made = whenNew.apply(value);
    var fresh = new Kept<>(made, ended);
    while (true) {
      Kept<T> before = values.putIfAbsent(fresh, fresh);
      if (before == null) {
        return made;
      }
      T mine = before.get();
      if (mine != null) {
        return mine;
      }
      values.remove(before);
    }
  }

  /** How many values are kept. */
  int size() {
    sweep();
    return values.size();
  }

  private void sweep() {
    Reference<? extends T> gone = ended.poll();
    while (gone != null) {
      values.remove(gone);
      gone = ended.poll();
    }
  }

  /** As a key: equal to what has an equal value, and once it has none to itself alone. */
  private static final class Kept<T> extends WeakReference<T> {
    private final int hash;

    Kept(T value, ReferenceQueue<T> ended) {
      super(value, ended);
      this.hash = value.hashCode();
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (this == other) {
        return true;
      }
      T value = get();
      return value != null && other instanceof Kept<?> kept && value.equals(kept.get());
    }
  }

  private record Sought(Object value) {
    @Override
    public int hashCode() {
      return value.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Kept<?> kept
          ? value.equals(kept.get())
          : other instanceof Sought sought && value.equals(sought.value());
    }
  }
}
