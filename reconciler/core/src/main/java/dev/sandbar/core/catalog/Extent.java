package dev.sandbar.core.catalog;

import dev.sandbar.core.model.SortedItems;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What is open on one dimension: exactly these items, or all but these. Both kinds together are
 * closed under union and intersection, which lists alone are not.
 *
 * @param allBut whether the items are those that are closed
 */
public record Extent<T extends Comparable<? super T>>(boolean allBut, SortedSet<T> items)
    implements Lattice<Extent<T>> {

  private static final Extent<String> NONE = new Extent<String>(false, SortedItems.<String>none());
  private static final Extent<String> ALL = new Extent<String>(true, SortedItems.<String>none());

  public Extent {
    items = SortedItems.copyOf(items);
  }

  /** Nothing is open. */
  @SuppressWarnings("unchecked") // It has no item.
  public static <T extends Comparable<? super T>> Extent<T> none() {
    return (Extent<T>) (Extent<?>) NONE;
  }

  /** Everything is open. */
  @SuppressWarnings("unchecked") // It has no item.
  public static <T extends Comparable<? super T>> Extent<T> all() {
    return (Extent<T>) (Extent<?>) ALL;
  }

  /** These are open. */
  public static <T extends Comparable<? super T>> Extent<T> only(Collection<T> items) {
    return new Extent<>(false, SortedItems.copyOf(items));
  }

  /** These are open. */
  public static Extent<String> only(String... items) {
    return only(List.of(items));
  }

  /** Everything but these is open. */
  public static <T extends Comparable<? super T>> Extent<T> allBut(Collection<T> items) {
    return new Extent<>(true, SortedItems.copyOf(items));
  }

  /** Everything but these is open. */
  public static Extent<String> allBut(String... items) {
    return allBut(List.of(items));
  }

  /** Whether nothing is open. */
  public boolean isNone() {
    return !allBut && items.isEmpty();
  }

  /** Whether everything is open. */
  public boolean isAll() {
    return allBut && items.isEmpty();
  }

  /** Whether the item is open. */
  public boolean contains(T item) {
    return allBut != items.contains(item);
  }

  /** Whether everything that is open in the other is open here. */
  public boolean includes(Extent<T> other) {
    return join(other).equals(this);
  }

  @Override
  public Extent<T> join(Extent<T> other) {
    if (isAll() || other.isNone()) {
      return this;
    }
    if (isNone() || other.isAll()) {
      return other;
    }
    if (allBut) {
      return allBut(kept(items, item -> !other.contains(item)));
    }
    return other.allBut ? other.join(this) : only(union(items, other.items));
  }

  @Override
  public Extent<T> meet(Extent<T> other) {
    if (isNone() || other.isAll()) {
      return this;
    }
    if (isAll() || other.isNone()) {
      return other;
    }
    if (!allBut) {
      return only(kept(items, other::contains));
    }
    return other.allBut ? allBut(union(items, other.items)) : other.meet(this);
  }

  private static <T> List<T> kept(Collection<T> items, Predicate<T> condition) {
    return items.stream().filter(condition).toList();
  }

  private static <T> List<T> union(Collection<T> a, Collection<T> b) {
    var union = new ArrayList<T>(a.size() + b.size());
    union.addAll(a);
    union.addAll(b);
    return union;
  }

  /** For people. */
  @Override
  public String toString() {
    return (allBut ? "all but " : "only ")
        + items.stream().map(Object::toString).collect(Collectors.joining(" ", "[", "]"));
  }
}
