package dev.sandbar.core.compile;

import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A table of nftables that an app with a network of its own gets its connections by.
 *
 * @param name of the table, of family {@code ip}
 * @param origin comment of the table, which says what it was loaded from; empty if that changes
 *     with the device
 * @param chains every chain of it
 * @param loader service that loads it anew and ends
 */
public record RuleTable(
    String name, String origin, SortedMap<String, Rules> chains, UnitName loader) {

  public RuleTable {
    chains = Collections.unmodifiableSortedMap(new TreeMap<>(chains));
  }

  /** How many rules a chain has. */
  public record Rules(int least, int most) {
    static Rules exactly(int rules) {
      return new Rules(rules, rules);
    }
  }
}
