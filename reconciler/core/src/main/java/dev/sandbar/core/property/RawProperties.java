package dev.sandbar.core.property;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Properties by name, never to change. Whoever looks again and finds the same may hand out the same
 * object; that it is equal then costs nothing to see.
 */
public final class RawProperties extends AbstractMap<String, Raw>
    implements SortedMap<String, Raw> {

  /** None at all. */
  public static final RawProperties NONE = new RawProperties(new TreeMap<>());

  private final SortedMap<String, Raw> entries;

  private RawProperties(SortedMap<String, Raw> entries) {
    this.entries = Collections.unmodifiableSortedMap(entries);
  }

  /** These properties as they are now; the same object if they never change anyway. */
  public static RawProperties copyOf(SortedMap<String, Raw> properties) {
    return properties instanceof RawProperties same
        ? same
        : new RawProperties(new TreeMap<>(properties));
  }

  @Override
  public @Nullable Raw get(@Nullable Object name) {
    return entries.get(name);
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return entries.containsKey(name);
  }

  @Override
  public Set<Map.Entry<String, Raw>> entrySet() {
    return entries.entrySet();
  }

  @Override
  public Set<String> keySet() {
    return entries.keySet();
  }

  @Override
  public @Nullable Comparator<? super String> comparator() {
    return null;
  }

  @Override
  public SortedMap<String, Raw> subMap(String from, String to) {
    return entries.subMap(from, to);
  }

  @Override
  public SortedMap<String, Raw> headMap(String to) {
    return entries.headMap(to);
  }

  @Override
  public SortedMap<String, Raw> tailMap(String from) {
    return entries.tailMap(from);
  }

  @Override
  public String firstKey() {
    return entries.firstKey();
  }

  @Override
  public String lastKey() {
    return entries.lastKey();
  }
}
