package dev.sandbar.device.agent;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;

/** Hears of drift as soon as it is seen: putting it right can take seconds. */
@FunctionalInterface
interface Notice {

  /**
   * Something has drifted and is about to be put right.
   *
   * @param found differences of every unit that was looked at
   * @param drifted which of them the device caused
   */
  void drifted(SortedMap<UnitName, List<Difference>> found, SortedSet<UnitName> drifted);
}
