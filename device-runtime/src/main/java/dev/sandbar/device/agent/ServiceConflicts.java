package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.learn.Conflicts;
import dev.sandbar.core.learn.Conflicts.Conflict;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.kernel.ServiceWatch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What services of the device do when walls are about to be put around them that close it. That
 * goes to the log before anything is written; of a version that fails then, the status says which
 * parts of its spec it was, and nothing that the service itself could have written.
 */
final class ServiceConflicts {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceConflicts.class);

  /** Time for a look at a service, which decides how much there is to see. */
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private final Path root;

  /** By app, for the version that was written last: what of the spec closes something. */
  private final SortedMap<AppName, String> closing = new TreeMap<>();

  ServiceConflicts(Path root) {
    this.root = root;
  }

  /** Looks at the services whose walls the plan writes. */
  void look(RoundPlan plan, DeviceFacts facts) {
    for (CompiledApp app : plan.desired()) {
      if (app.spec().run().adopts() && writes(plan.plan(), app.unit())) {
        closing.remove(app.spec().name());
        List<Conflict> conflicts = conflicts(app, plan.situation().seen().unit(app.unit()), facts);
        conflicts.forEach(
            it -> LOG.warn("app={} action=foresee {}", app.spec().name(), it.warning().message()));
        if (!conflicts.isEmpty()) {
          closing.put(app.spec().name(), parts(conflicts));
        }
      }
    }
  }

  private static boolean writes(Plan plan, UnitName unit) {
    return plan.steps().stream()
        .anyMatch(step -> step instanceof Plan.Write write && write.unit().equals(unit));
  }

  private List<Conflict> conflicts(CompiledApp app, ObservedUnit unit, DeviceFacts facts) {
    if (!(unit.properties().get("ControlGroup") instanceof Raw.Str(String group))
        || group.isEmpty()) {
      return List.of();
    }
    try {
      return Conflicts.of(app, facts, ServiceWatch.glance(root, group, LONGEST).uses());
    } catch (IOException e) {
      LOG.debug("app={} cannot be looked at: {}", app.spec().name(), e.getMessage());
      return List.of();
    }
  }

  private static String parts(List<Conflict> conflicts) {
    return conflicts.stream()
        .map(Conflict::because)
        .distinct()
        .collect(Collectors.joining(" and by "));
  }

  /** To be put behind the reason of a failure; empty if nothing was foreseen. */
  String of(AppName app) {
    String parts = closing.get(app);
    return parts == null ? "" : "; before it, the service did what is closed by " + parts;
  }
}
