package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Orders;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.core.plan.Situation;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What a round does.
 *
 * @param decided as it is when what is held back and suspended goes on as it was
 * @param situation that it was planned from
 * @param planned the differences, and the plan that the planner made of them
 * @param desired the apps that shall run and whose names are free for Sandbar
 * @param plan what is done
 * @param prune which removals are held back
 * @param undone what a suspension keeps from the device, by app
 */
record RoundPlan(
    Decided decided,
    Situation situation,
    Orders orders,
    Planned planned,
    List<CompiledApp> desired,
    Plan plan,
    PruneGuard.Verdict prune,
    SortedMap<AppName, String> undone) {

  /**
   * Whether it is about a few units and corrects what reaches all: a round about everything has to
   * take its place, for afterwards nobody could tell that others drifted.
   */
  boolean isTooNarrow() {
    return !decided.everything() && planned.correctsShared();
  }

  /** Units whose differences the device caused, not the source. */
  SortedSet<UnitName> drifted() {
    return planned.drifted(situation);
  }
}
