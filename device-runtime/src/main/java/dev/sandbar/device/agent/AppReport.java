package dev.sandbar.device.agent;

import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Drift;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is reported of one app, from round to round.
 *
 * @param drifts that last, with when each began
 */
record AppReport(List<Drift> drifts, SortedMap<Condition.Type, Condition> conditions) {

  /** Before anything was seen. */
  static final AppReport NOTHING = new AppReport(List.of(), new TreeMap<>());

  AppReport {
    drifts = List.copyOf(drifts);
    conditions = Collections.unmodifiableSortedMap(new TreeMap<>(conditions));
  }
}
