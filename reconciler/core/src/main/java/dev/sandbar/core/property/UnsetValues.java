package dev.sandbar.core.property;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What every sandbox property is in a unit that says nothing. It depends on the version of systemd
 * alone, and is the larger part of what is compared of every app, so each version is read once.
 */
final class UnsetValues {

  /** From this version on nothing that is known here changes any more. */
  private static final int NEWEST = newest();

  private static final Map<Integer, SortedMap<String, Value>> KNOWN = new HashMap<>();

  private UnsetValues() {}

  static SortedMap<String, Value> of(int systemdVersion) {
    // What a device says of itself may be any number, and must not fill the memory.
    int version = Math.clamp(systemdVersion, 0, NEWEST);
    synchronized (KNOWN) {
      return KNOWN.computeIfAbsent(version, UnsetValues::read);
    }
  }

  private static int newest() {
    int newest = Masks.TIME_NAMESPACE_SINCE;
    for (DirectiveInfo directive : DirectiveTable.all().values()) {
      newest = Math.max(newest, directive.since());
    }
    return newest;
  }

  private static SortedMap<String, Value> read(int version) {
    var values = new TreeMap<String, Value>();
    for (DirectiveInfo directive : DirectiveTable.sandbox(version)) {
      Effective.read(directive, List.of(), Effective.neutral(version))
          .ifPresent(value -> values.put(directive.name(), value));
    }
    return Collections.unmodifiableSortedMap(values);
  }
}
