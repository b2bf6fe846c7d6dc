package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Sha256;
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
  private final Map<AppName, Failure> failures = new HashMap<>();

  /** What systemd had counted at a time. */
  private record Restarts(Instant at, long count) {}

  /**
   * A version that failed its first check and stays.
   *
   * @param why it failed first
   * @param restarts what systemd had counted when it was last seen failing
   */
  private record Failure(Sha256 generation, Sha256 health, String why, long restarts) {
    boolean isOf(CompiledApp app) {
      return generation.equals(app.generation()) && health.equals(app.spec().health().digest());
    }
  }

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
    failures.remove(name);
  }

  /** A version has proved itself. */
  void proved(AppName name) {
    failures.remove(name);
  }

  Readiness of(CompiledApp app) {
    return checks.of(app);
  }

  /** The same, where one that failed its first check fails until it has proved itself. */
  Readiness shown(CompiledApp app) {
    Failure failure = failures.get(app.spec().name());
    return failure != null && failure.isOf(app)
        ? new Readiness.Failing(failure.why())
        : app.spec().health().isChecked() ? of(app) : new Readiness.Ready();
  }

  /** A version failed its first check, and stays. */
  void stays(CompiledApp app, String why, long restarts) {
    Failure known = failures.get(app.spec().name());
    String first = known != null && known.isOf(app) ? known.why() : why;
    failures.put(
        app.spec().name(),
        new Failure(app.generation(), app.spec().health().digest(), first, restarts));
  }

  /** What systemd had counted when it was last seen failing, else at its start. */
  long restartsBefore(CompiledApp app, long atStart) {
    Failure known = failures.get(app.spec().name());
    return known != null && known.isOf(app) ? known.restarts() : atStart;
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
    failures.keySet().retainAll(names);
  }
}
