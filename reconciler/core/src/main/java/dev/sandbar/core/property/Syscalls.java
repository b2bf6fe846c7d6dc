package dev.sandbar.core.property;

import dev.sandbar.core.model.SortedItems;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * The system calls that a systemd knows, and its groups of them. Every app of a device is compiled
 * against the same, so they are copied and expanded once.
 */
public final class Syscalls {

  /** Of a systemd of which nothing is known. */
  public static final Syscalls NONE =
      new Syscalls(Collections.emptySortedMap(), Collections.emptySortedSet());

  private final SortedMap<String, SortedSet<String>> groups;
  private final SortedSet<String> known;

  /** The known names in their order, and the place of each. */
  private final List<String> names;

  private final KnownValues values = new KnownValues(KnownValues.MOST_FILTERS);

  private static final BitSet NOTHING = new BitSet();

  private final Map<String, Integer> places = new HashMap<>();
  private final Map<String, BitSet> members = new HashMap<>();

  /**
   * @param groups members of every group, nested groups resolved; keys begin with {@code @}
   * @param known names that this systemd accepts for its native architecture
   */
  public Syscalls(Map<String, ? extends SortedSet<String>> groups, SortedSet<String> known) {
    var copied = new TreeMap<String, SortedSet<String>>();
    groups.forEach((k, v) -> copied.put(k, SortedItems.copyOf(v)));
    this.groups = Collections.unmodifiableSortedMap(copied);
    this.known = SortedItems.copyOf(known);
    this.names = List.copyOf(known);
    names.forEach(name -> places.put(name, places.size()));
    copied.forEach(
        (group, calls) -> {
          var bits = new BitSet(names.size());
          calls.forEach(call -> set(bits, call));
          members.put(group, bits);
        });
  }

  /** Members of every group, whether known or not. */
  public SortedMap<String, SortedSet<String>> groups() {
    return groups;
  }

  /** The names that a filter may hold. */
  public SortedSet<String> known() {
    return known;
  }

  /**
   * Which of the known names a call or a group comes to; do not change it.
   *
   * @throws IllegalArgumentException if it is a group that this systemd does not have
   */
  BitSet of(String word) {
    if (word.startsWith("@")) {
      BitSet group = members.get(word);
      if (group == null) {
        throw new IllegalArgumentException("not a system call group of this device: " + word);
      }
      return group;
    }
    Integer place = places.get(word);
    if (place == null) {
      return NOTHING;
    }
    var one = new BitSet(place + 1);
    one.set(place);
    return one;
  }

  private void set(BitSet bits, String name) {
    Integer place = places.get(name);
    if (place != null) {
      bits.set(place);
    }
  }

  /** What lines of filters were read as with these. */
  KnownValues values() {
    return values;
  }

  /**
   * Bytes that those may take at the most: the lines, and a reference to each name that is known.
   */
  public long mostKept() {
    return (long) KnownValues.MOST_FILTERS * (2L * KnownValues.LONGEST + 8L * names.size() + 512);
  }

  /** The name at one of the places that {@link #of} gives. */
  String name(int place) {
    return names.get(place);
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Syscalls that
            && groups.equals(that.groups)
            && known.equals(that.known));
  }

  @Override
  public int hashCode() {
    return 31 * groups.hashCode() + known.hashCode();
  }

  @Override
  public String toString() {
    return known.size() + " system calls, " + groups.size() + " groups";
  }
}
