package dev.sandbar.core.model;

import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Items in their natural order, which never change. A {@link TreeSet} takes eight times the memory,
 * and an agent holds thousands of names for each app.
 */
public final class SortedItems<T extends Comparable<? super T>> extends AbstractSet<T>
    implements SortedSet<T> {

  private static final SortedItems<String> NONE = new SortedItems<String>(List.of());

  /** Sorted, each once. */
  private final List<T> items;

  private SortedItems(List<T> items) {
    this.items = items;
  }

  /** The same items; the same object if it is one of these already. */
  public static <T extends Comparable<? super T>> SortedSet<T> copyOf(Collection<T> items) {
    return switch (items) {
      case SortedItems<T> same -> same;
      case Collection<T> empty when empty.isEmpty() -> none();
      case Collection<T> all -> new SortedItems<>(sorted(all));
    };
  }

  /** No item. */
  @SuppressWarnings("unchecked") // It never holds one.
  public static <T extends Comparable<? super T>> SortedSet<T> none() {
    return (SortedItems<T>) (SortedItems<?>) NONE;
  }

  private static <T extends Comparable<? super T>> List<T> sorted(Collection<T> items) {
    if (isSorted(items)) {
      return List.copyOf(items);
    }
    var all = new ArrayList<>(items);
    all.sort(null);
    int count = 0;
    for (T item : all) {
      if (count == 0 || !all.get(count - 1).equals(item)) {
        all.set(count++, item);
      }
    }
    return List.copyOf(all.subList(0, count));
  }

  /** Whether each item comes after the one before it. */
  private static <T extends Comparable<? super T>> boolean isSorted(Collection<T> items) {
    if (items instanceof SortedSet<T> set && set.comparator() == null) {
      return true;
    }
    Iterator<T> all = items.iterator();
    for (T last = all.next(); all.hasNext(); ) {
      T next = all.next();
      if (last.compareTo(next) >= 0) {
        return false;
      }
      last = next;
    }
    return true;
  }

  private int find(T item) {
    return Collections.binarySearch(items, item);
  }

  /** The number of items that come before this one. */
  private int before(T item) {
    int found = find(item);
    return found < 0 ? -found - 1 : found;
  }

  private SortedSet<T> part(int from, int to) {
    if (from > to) {
      throw new IllegalArgumentException("the first comes after the last");
    }
    return new SortedItems<>(List.copyOf(items.subList(from, to)));
  }

  @Override
  @SuppressWarnings("unchecked") // Another kind of item is a ClassCastException (SortedSet).
  public boolean contains(@Nullable Object item) {
    return item != null && find((T) item) >= 0;
  }

  @Override
  public Iterator<T> iterator() {
    return items.iterator();
  }

  @Override
  public int size() {
    return items.size();
  }

  @Override
  public @Nullable Comparator<? super T> comparator() {
    return null;
  }

  @Override
  public SortedSet<T> subSet(T from, T to) {
    return part(before(from), before(to));
  }

  @Override
  public SortedSet<T> headSet(T to) {
    return part(0, before(to));
  }

  @Override
  public SortedSet<T> tailSet(T from) {
    return part(before(from), items.size());
  }

  @Override
  public T first() {
    return at(0);
  }

  @Override
  public T last() {
    return at(items.size() - 1);
  }

  private T at(int index) {
    if (items.isEmpty()) {
      throw new NoSuchElementException("no items");
    }
    return items.get(index);
  }
}
