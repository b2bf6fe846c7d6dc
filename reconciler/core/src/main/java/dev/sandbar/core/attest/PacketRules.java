package dev.sandbar.core.attest;

import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The tables of nftables that Sandbar's apps use, as the kernel has them (nft(8)).
 *
 * @param read whether they could be read; nothing is said of tables that were not
 * @param tables of family {@code ip} by name, of family {@code netdev} by family and name
 */
public record PacketRules(boolean read, SortedMap<String, Table> tables) {

  /** Of a device whose rules nobody asked for, or that changed while they were read. */
  public static final PacketRules UNREAD = new PacketRules(false, new TreeMap<>());

  public PacketRules {
    tables = Collections.unmodifiableSortedMap(new TreeMap<>(tables));
  }

  /** Of these only what is in the tables of these names. */
  public PacketRules only(Set<String> names) {
    var some = new TreeMap<>(tables);
    some.keySet().retainAll(names);
    return new PacketRules(read, some);
  }

  /**
   * One table.
   *
   * @param origin its comment; empty if it has none
   * @param dormant whether the kernel passes it over
   * @param chains by name
   * @param objects number of its chains, rules and sets
   * @param lastHandle the highest handle of them. The kernel numbers what comes into a table from 1
   *     on and gives no number twice (nf_tables_alloc_handle() in its
   *     net/netfilter/nf_tables_api.c), so in a table that was loaded at once, and not touched
   *     since, it is the number of objects.
   */
  public record Table(
      String origin,
      boolean dormant,
      SortedMap<String, Chain> chains,
      int objects,
      long lastHandle) {
    public Table {
      chains = Collections.unmodifiableSortedMap(new TreeMap<>(chains));
    }

    /** Whether something was taken out of it since it was loaded. */
    public boolean isTouched() {
      return lastHandle > objects;
    }
  }

  /**
   * One chain.
   *
   * @param rules how many it has that were loaded with it
   * @param others how many it has beside
   * @param accepts whether it lets through what no rule decides about
   */
  public record Chain(int rules, int others, boolean accepts) {}
}
