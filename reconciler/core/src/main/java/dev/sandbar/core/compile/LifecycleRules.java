package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Lifecycle.StartType;
import dev.sandbar.core.model.Problem;
import java.util.List;

/** What {@code run:} needs of the rest of the spec. */
final class LifecycleRules {

  /** Values of Restart= with which a program that ended well is started again at once. */
  private static final List<String> RUNS_FOR_EVER = List.of("always", "on-success");

  private LifecycleRules() {}

  static void check(
      AppSpec app,
      Sandbox sandbox,
      DirectiveOverrides overrides,
      DeviceFacts facts,
      Complaints complaints) {
    if (app.run().lifecycle().after().contains(app.name().value())) {
      complaints.error(
          Problem.CONFLICT, app.run().at(), "run.after names the app itself", "remove it");
    }
    schedule(app, overrides, facts, complaints);
    StartType type = app.run().lifecycle().type();
    if (type == StartType.NOTIFY && !sandbox.network().families().contains("AF_UNIX")) {
      complaints.error(
          Problem.CONFLICT,
          app.run().at(),
          "run.type: Notify speaks to systemd over a Unix socket, and the app can make none",
          "grant permissions.unixSockets: true, or set run.type: Exec");
    }
    if (type != StartType.EXEC && overrides.settings().containsKey("Type")) {
      complaints.error(
          Problem.CONFLICT,
          app.run().at(),
          "run.type and directives.Type both say when the app counts as started",
          "remove directives.Type");
    }
  }

  /** What is at odds with a program that ends, and runs again at its next time. */
  private static void schedule(
      AppSpec app, DirectiveOverrides overrides, DeviceFacts facts, Complaints complaints) {
    for (AppTimer timer : AppTimer.of(app)) {
      schedule(app, timer, overrides, facts, complaints);
    }
  }

  private static void schedule(
      AppSpec app,
      AppTimer timer,
      DirectiveOverrides overrides,
      DeviceFacts facts,
      Complaints complaints) {
    if (!timer.isUniversal() && !facts.has(Feature.TIME_ZONES)) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          app.run().at(),
          "run.timeZone %s: this device lacks %s"
              .formatted(timer.times().zone(), Feature.TIME_ZONES.title()),
          Enforceability.help(Feature.TIME_ZONES));
    }
    if (app.health().isChecked()) {
      complaints.error(
          Problem.CONFLICT,
          app.health().at(),
          "health.ready asks a program that stays up, and one with run.schedule ends",
          "remove health.ready: a run that fails is reported by its exit status");
    }
    String restart = overrides.settings().getOrDefault("Restart", "no");
    if (RUNS_FOR_EVER.contains(restart)) {
      complaints.error(
          Problem.CONFLICT,
          app.run().at(),
          "directives.Restart: %s starts the program again after it has ended well, and run.schedule says when it runs"
              .formatted(restart),
          "remove directives.Restart, or write on-failure");
    }
  }
}
