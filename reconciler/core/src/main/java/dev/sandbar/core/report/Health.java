package dev.sandbar.core.report;

import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import java.util.List;

/** Whether an app runs. */
public sealed interface Health {

  /** It runs. */
  record Healthy() implements Health {}

  /** It is starting. */
  record Starting() implements Health {}

  /** It does not run, or falls over again and again. */
  record Unhealthy(String message) implements Health {}

  /** Hardware is not there without which it does not run; it starts when that comes. */
  record Waiting(String message) implements Health {}

  /** It has a schedule, and runs at the next of its times. */
  record Scheduled(String message) implements Health {}

  /** Nobody has looked. */
  record Unknown() implements Health {}

  /**
   * What a unit's state says.
   *
   * @param missing links to hardware that it needs and that is not there
   */
  public static Health of(ObservedUnit unit, List<String> missing) {
    Health health = of(unit);
    return missing.isEmpty() || health instanceof Healthy
        ? health
        : new Waiting("not plugged in: " + String.join(", ", missing));
  }

  /** What a unit's state says (systemd(1), Units). */
  public static Health of(ObservedUnit unit) {
    Loaded loaded = unit.loaded();
    return switch (loaded.activeState()) {
      case "active", "reloading", "refreshing" -> new Healthy();
      case "activating" ->
          loaded.isAboutToRestart()
              ? new Unhealthy("restarting, " + loaded.restarts() + " times so far: " + why(loaded))
              : new Starting();
      case "failed" -> new Unhealthy("failed: " + why(loaded));
      case "deactivating" -> new Unhealthy("stopping");
      default -> new Unhealthy("not running");
    };
  }

  /**
   * This, with what checks have shown.
   *
   * @param onProbation whether it is a version that has to prove itself
   */
  default Health asked(Readiness readiness, boolean onProbation) {
    if (!(this instanceof Healthy)) {
      return this;
    }
    return switch (readiness) {
      case Readiness.Ready() -> this;
      case Readiness.Failing(String why) ->
          new Unhealthy(onProbation ? why : "it runs and is not ready: " + why);
      case Readiness.Undecided _ -> onProbation ? new Starting() : this;
    };
  }

  private static String why(Loaded loaded) {
    String result = loaded.result().isEmpty() ? "no result" : loaded.result();
    if (loaded.exitStatus() == 0) {
      return result;
    }
    // A program may end with such a code as well.
    String meaning =
        loaded.result().equals("exit-code")
            ? SetupExit.meaning(loaded.exitStatus()).map(it -> ", of systemd: " + it).orElse("")
            : "";
    return result + ", status " + loaded.exitStatus() + meaning;
  }
}
