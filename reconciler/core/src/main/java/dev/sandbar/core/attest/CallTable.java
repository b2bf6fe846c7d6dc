package dev.sandbar.core.attest;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * System calls of a machine.
 *
 * @param architecture AUDIT_ARCH of linux/audit.h; 0 if nobody knows it
 * @param numbers by name; empty if nobody knows them
 */
public record CallTable(int architecture, SortedMap<String, Integer> numbers) {

  /** Of a machine of which nothing is known. */
  public static final CallTable UNKNOWN = new CallTable(0, new TreeMap<>());

  public CallTable {
    numbers = Collections.unmodifiableSortedMap(new TreeMap<>(numbers));
  }
}
