package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.plan.Plan.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * Steps by phase. Removed apps stop first, while their own unit is still loaded, so that its
 * KillMode and ExecStop hold; then everything is written, one reload makes it known, and only after
 * that anything is enabled or started; what nothing refers to any more goes last.
 */
final class PlanDraft {

  private final List<Step> images = new ArrayList<>();
  private final List<Step> timers = new ArrayList<>();
  private final List<Step> stops = new ArrayList<>();
  private final List<Step> disables = new ArrayList<>();
  private final List<Step> writes = new ArrayList<>();
  private final SequencedSet<Step> removes = new LinkedHashSet<>();
  private final List<String> reloads = new ArrayList<>();
  private final List<Step> enables = new ArrayList<>();
  private final List<Step> lives = new ArrayList<>();
  private final List<Plan.JobStep> starts = new ArrayList<>();
  private final List<Step> leftovers = new ArrayList<>();

  void add(Step step) {
    switch (step) {
      case Plan.StoreImage s -> images.add(s);
      case Plan.StoreFile s -> images.add(s);
      case Plan.StoreSecret s -> images.add(s);
      case Plan.Stop s -> stops.add(s);
      case Plan.StopTimer s -> timers.add(s);
      case Plan.StartTimer s -> lives.add(s);
      case Plan.Disable s -> disables.add(s);
      case Plan.Write s -> writes.add(s);
      case Plan.Remove s -> removes.add(s);
      case Plan.Reload s -> reloads.add(s.why());
      case Plan.Enable s -> enables.add(s);
      case Plan.LiveSet s -> lives.add(s);
      case Plan.Hide s -> lives.add(s);
      case Plan.SwapFiles s -> lives.add(s);
      case Plan.LoadRules s -> lives.add(s);
      case Plan.SetKernel s -> lives.add(s);
      case Plan.Thaw s -> lives.add(s);
      case Plan.EndProxy s -> lives.add(s);
      case Plan.Start s -> starts.add(s);
      case Plan.Restart s -> starts.add(s);
      case Plan.RemoveImage s -> leftovers.add(s);
      case Plan.RemoveFile s -> leftovers.add(s);
      case Plan.RemoveState s -> leftovers.add(s);
    }
  }

  /**
   * The plan.
   *
   * @param apps that are to run
   */
  Plan plan(Collection<CompiledApp> apps) {
    var steps = new ArrayList<Step>();
    steps.addAll(images);
    // What they would start is about to stop, or to be another version.
    steps.addAll(timers);
    steps.addAll(stops);
    steps.addAll(disables);
    steps.addAll(writes);
    steps.addAll(removes);
    // Before the reload, which then sees the links: systemd asks for another one otherwise.
    steps.addAll(enables);
    if (!reloads.isEmpty()) {
      int more = reloads.size() - 1;
      steps.add(
          new Plan.Reload(reloads.getFirst() + (more > 0 ? " and " + more + " more units" : "")));
    }
    steps.addAll(lives);
    steps.addAll(StartOrder.of(starts, apps));
    steps.addAll(leftovers);
    return new Plan(steps);
  }
}
