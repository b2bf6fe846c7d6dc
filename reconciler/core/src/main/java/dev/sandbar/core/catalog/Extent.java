package dev.sandbar.core.catalog;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
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

  public Extent {
    items = Collections.unmodifiableSortedSet(new TreeSet<>(items));
  }

  /** Nothing is open. */
  public static <T extends Comparable<? super T>> Extent<T> none() {
    return new Extent<>(false, new TreeSet<T>());
  }

  /** Everything is open. */
  public static <T extends Comparable<? super T>> Extent<T> all() {
    return new Extent<>(true, new TreeSet<T>());
  }

  /** These are open. */
  public static <T extends Comparable<? super T>> Extent<T> only(Collection<T> items) {
    return new Extent<>(false, new TreeSet<>(items));
  }

  /** These are open. */
  public static Extent<String> only(String... items) {
    return only(List.of(items));
  }

  /** Everything but these is open. */
  public static <T extends Comparable<? super T>> Extent<T> allBut(Collection<T> items) {
    return new Extent<>(true, new TreeSet<>(items));
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
    if (allBut) {
      return allBut(kept(items, item -> !other.contains(item)));
    }
    return other.allBut ? other.join(this) : only(union(items, other.items));
  }

  @Override
  public Extent<T> meet(Extent<T> other) {
    if (!allBut) {
      return only(kept(items, other::contains));
    }
    return other.allBut ? allBut(union(items, other.items)) : other.meet(this);
  }

  private static <T> List<T> kept(Collection<T> items, Predicate<T> condition) {
    return items.stream().filter(condition).toList();
  }

  private static <T extends Comparable<? super T>> SortedSet<T> union(
      Collection<T> a, Collection<T> b) {
    var union = new TreeSet<>(a);
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
