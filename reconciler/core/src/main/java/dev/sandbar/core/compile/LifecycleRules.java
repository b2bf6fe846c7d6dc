package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Lifecycle.StartType;
import dev.sandbar.core.model.Problem;

/** What {@code run:} needs of the rest of the spec. */
final class LifecycleRules {

  private LifecycleRules() {}

  static void check(
      AppSpec app, Sandbox sandbox, DirectiveOverrides overrides, Complaints complaints) {
    if (app.run().lifecycle().after().contains(app.name().value())) {
      complaints.error(
          Problem.CONFLICT, app.run().at(), "run.after names the app itself", "remove it");
    }
    if (app.run().lifecycle().type() != StartType.NOTIFY) {
      return;
    }
    if (!sandbox.network().families().contains("AF_UNIX")) {
      complaints.error(
          Problem.CONFLICT,
          app.run().at(),
          "run.type: Notify speaks to systemd over a Unix socket, and the app can make none",
          "grant permissions.unixSockets: true, or set run.type: Exec");
    }
    if (overrides.settings().containsKey("Type")) {
      complaints.error(
          Problem.CONFLICT,
          app.run().at(),
          "run.type and directives.Type both say when the app counts as started",
          "remove directives.Type");
    }
  }
}
