package dev.sandbar.core.property;

import dev.sandbar.core.model.SortedItems;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The canonical form of a setting. What the compiler wants and what systemd reports both become one
 * of these before they are compared; spec text is never compared with D-Bus values.
 */
public sealed interface Value {

  /** Short, for people: one line, not cut. */
  String show();

  /** On or off. */
  record Flag(boolean on) implements Value {
    @Override
    public String show() {
      return on ? "yes" : "no";
    }
  }

  /** A word of a closed vocabulary, or free text. */
  record Text(String text) implements Value {
    @Override
    public String show() {
      return text.isEmpty() ? "(empty)" : text;
    }
  }

  /**
   * An unsigned amount in the unit of the property (bytes, microseconds, a count); -1 is infinity.
   */
  record Amount(long bits) implements Value {
    @Override
    public String show() {
      return bits == -1 ? "infinity" : Long.toUnsignedString(bits);
    }
  }

  /** Things whose order matters. */
  record Items(List<String> items) implements Value {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public String show() {
      return items.isEmpty() ? "(none)" : String.join(" ", items);
    }
  }

  /** Things whose order does not matter. */
  record Names(SortedSet<String> names) implements Value {
    public Names {
      names = SortedItems.copyOf(names);
    }

    @Override
    public String show() {
      return names.isEmpty() ? "(none)" : String.join(" ", names);
    }
  }

  /** An allow list or a deny list. */
  record Filter(boolean allow, SortedSet<String> names) implements Value {
    public Filter {
      names = SortedItems.copyOf(names);
    }

    @Override
    public String show() {
      String list = names.isEmpty() ? "(none)" : String.join(" ", names);
      return (allow ? "only " : "all but ") + list;
    }
  }

  /** Keyed settings, for example device node to access. */
  record Keyed(SortedMap<String, String> entries) implements Value {
    public Keyed {
      entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
    }

    @Override
    public String show() {
      return entries.isEmpty()
          ? "(none)"
          : entries.entrySet().stream()
              .map(e -> e.getKey() + ":" + e.getValue())
              .collect(Collectors.joining(" "));
    }
  }
}
