package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.report.Readiness;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.health.HealthChecks;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Which apps are asked whether they are ready, and which of them systemd starts over and over. */
final class AppHealth {

  /** So many restarts in so long are no life of an app. */
  private static final int MOST_RESTARTS = 5;

  private static final Duration WHILE = Duration.ofMinutes(10);

  private final HealthChecks checks;
  private final Map<AppName, Restarts> counted = new HashMap<>();

  /** What systemd had counted at a time. */
  private record Restarts(Instant at, long count) {}

  AppHealth(HealthChecks checks) {
    this.checks = checks;
  }

  /** Has the version of an app that is on the device asked, as long as it is up and of interest. */
  void follow(AppRecord record, CompiledApp app, Loaded loaded) {
    boolean onProbation = record.trial() instanceof Trial.Settling;
    boolean asked =
        app.spec().health().isChecked() && onProbation || app.spec().health().isCheckedAlways();
    switch (loaded.activeState()) {
      case "active", "reloading", "refreshing" -> {
        if (asked) {
          checks.follow(app, !onProbation);
        } else {
          checks.forget(record.name());
        }
      }
      case "activating" -> {
        // It starts, or starts again: what it was asked before still counts.
      }
      default -> checks.forget(record.name());
    }
  }

  /** It is not asked now, and begins anew when it is followed again. */
  void forget(AppName name) {
    checks.forget(name);
    counted.remove(name);
  }

  Readiness of(CompiledApp app) {
    return checks.of(app);
  }

  /** Whether systemd has started it over and over in the last minutes. */
  boolean restartsTooOften(AppName name, Loaded loaded, Instant now) {
    Restarts first = counted.getOrDefault(name, new Restarts(Instant.EPOCH, 0));
    boolean begins =
        loaded.restarts() < first.count()
            || now.isBefore(first.at())
            || Duration.between(first.at(), now).compareTo(WHILE) >= 0;
    if (begins) {
      counted.put(name, new Restarts(now, loaded.restarts()));
      return false;
    }
    return loaded.restarts() - first.count() >= MOST_RESTARTS;
  }

  /** Only these apps are still there. */
  void keepOnly(Set<AppName> names) {
    checks.keepOnly(names);
    counted.keySet().retainAll(names);
  }
}
