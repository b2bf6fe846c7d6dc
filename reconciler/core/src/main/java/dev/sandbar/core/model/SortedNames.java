package dev.sandbar.core.model;

import java.util.AbstractSet;
import java.util.Arrays;
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
 * Strings in their natural order, which never change. A {@link TreeSet} takes eight times the
 * memory, and an agent holds thousands of names for each app.
 */
public final class SortedNames extends AbstractSet<String> implements SortedSet<String> {

  /** Sorted, each once. */
  private final List<String> names;

  private SortedNames(List<String> names) {
    this.names = names;
  }

  /** The same names; the same object if it is one of these already. */
  public static SortedSet<String> copyOf(Collection<String> names) {
    if (names instanceof SortedNames same) {
      return same;
    }
    String[] sorted = names.toArray(String[]::new);
    Arrays.sort(sorted);
    int count = 0;
    for (String name : sorted) {
      if (count == 0 || !sorted[count - 1].equals(name)) {
        sorted[count++] = name;
      }
    }
    return new SortedNames(List.of(Arrays.copyOf(sorted, count)));
  }

  private int find(String name) {
    return Collections.binarySearch(names, name);
  }

  /** The number of names that come before this one. */
  private int before(String name) {
    int found = find(name);
    return found < 0 ? -found - 1 : found;
  }

  private SortedSet<String> part(int from, int to) {
    if (from > to) {
      throw new IllegalArgumentException("the first comes after the last");
    }
    return new SortedNames(List.copyOf(names.subList(from, to)));
  }

  @Override
  public boolean contains(@Nullable Object name) {
    return name instanceof String text && find(text) >= 0;
  }

  @Override
  public Iterator<String> iterator() {
    return names.iterator();
  }

  @Override
  public int size() {
    return names.size();
  }

  @Override
  public @Nullable Comparator<? super String> comparator() {
    return null;
  }

  @Override
  public SortedSet<String> subSet(String from, String to) {
    return part(before(from), before(to));
  }

  @Override
  public SortedSet<String> headSet(String to) {
    return part(0, before(to));
  }

  @Override
  public SortedSet<String> tailSet(String from) {
    return part(before(from), names.size());
  }

  @Override
  public String first() {
    return at(0);
  }

  @Override
  public String last() {
    return at(names.size() - 1);
  }

  private String at(int index) {
    if (names.isEmpty()) {
      throw new NoSuchElementException("no names");
    }
    return names.get(index);
  }
}
