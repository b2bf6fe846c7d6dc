package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.plan.Plan.JobStep;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts starts into the order in which apps want them. systemd lets a unit wait for those whose jobs
 * it has when it begins with it (systemd.unit(5), After=), and is not asked for all jobs at once.
 */
final class StartOrder {
  private static final String TARGET = ".target";

  private final Map<String, List<String>> after = new HashMap<>();
  private final Map<String, List<JobStep>> steps = new LinkedHashMap<>();
  private final Set<String> seen = new HashSet<>();
  private final List<JobStep> ordered = new ArrayList<>();

  /** A unit that comes once those have come that it starts after. */
  private record Waiting(String unit, Iterator<String> after) {}

  private StartOrder() {}

  /**
   * These starts, each after those that its app starts after. Otherwise the order stays; so it does
   * within a circle, which systemd breaks up where it likes. The target of all apps is last: it
   * would start all of them at once.
   */
  static List<JobStep> of(List<JobStep> starts, Collection<CompiledApp> apps) {
    var order = new StartOrder();
    for (JobStep step : starts) {
      order.steps.computeIfAbsent(step.unit().value(), _ -> new ArrayList<>()).add(step);
    }
    for (CompiledApp app : apps) {
      order.after.put(app.unit().value(), app.spec().run().lifecycle().afterUnits());
    }
    order.steps.keySet().stream().filter(unit -> !unit.endsWith(TARGET)).forEach(order::add);
    order.steps.keySet().forEach(order::add);
    return List.copyOf(order.ordered);
  }

  /** A chain may be as long as there are apps, so it is not walked by calls. */
  private void add(String first) {
    Deque<Waiting> path = new ArrayDeque<>();
    enter(path, first);
    while (!path.isEmpty()) {
      Waiting last = path.getLast();
      if (last.after().hasNext()) {
        enter(path, last.after().next());
      } else {
        ordered.addAll(steps.getOrDefault(last.unit(), List.of()));
        path.removeLast();
      }
    }
  }

  private void enter(Deque<Waiting> path, String unit) {
    if (steps.containsKey(unit) && seen.add(unit)) {
      path.addLast(new Waiting(unit, after.getOrDefault(unit, List.of()).iterator()));
    }
  }
}
