package dev.sandbar.core.compile;

import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A table of nftables that an app with a network of its own gets its connections by.
 *
 * @param name of the table; of one that is not of family {@code ip} the family first
 * @param origin comment of the table, which says what it was loaded from; empty if that changes
 *     with the device
 * @param chains every chain of it
 * @param place where it is
 * @param loader service that loads it anew and ends; of one in the namespace of an app the unit of
 *     the app, whose start loads it
 */
public record RuleTable(
    String name, String origin, SortedMap<String, Rules> chains, Place place, UnitName loader) {

  public RuleTable {
    chains = Collections.unmodifiableSortedMap(new TreeMap<>(chains));
  }

  /** Network namespaces. */
  public enum Place {
    /** That of the device. */
    DEVICE,
    /** That of the app. */
    APP
  }

  /**
   * How many rules a chain has.
   *
   * @param accepts whether it lets through what no rule decides about
   */
  public record Rules(int least, int most, boolean accepts) {
    static Rules exactly(int rules) {
      return new Rules(rules, rules, true);
    }
  }
}
