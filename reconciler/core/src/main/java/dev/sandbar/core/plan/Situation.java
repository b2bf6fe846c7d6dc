package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that a plan is made from.
 *
 * @param desired every app that is to run, in any order
 * @param base exact text of the units that Sandbar needs beside the apps, by name
 * @param systemdVersion major version of the device
 */
public record Situation(
    List<CompiledApp> desired,
    SortedMap<UnitName, String> base,
    Inventory inventory,
    Observation seen,
    int systemdVersion) {
  public Situation {
    desired = List.copyOf(desired);
    base = Collections.unmodifiableSortedMap(new TreeMap<>(base));
  }
}
