package dev.sandbar.core.model;

import dev.sandbar.core.model.Permissions.Value;
import java.util.List;

/** What {@code maintenance.busyFile} needs: a directory of the app's own to make the file in. */
final class BusyFileRules {

  private BusyFileRules() {}

  /**
   * What is wrong with the spec; nothing of one without a busy file.
   *
   * @param spec as it was read
   */
  static List<Diagnostic> check(AppSpec app, Node spec) {
    if (!app.maintenance().busyFile()) {
      return List.of();
    }
    Location at = place(spec);
    if (app.run().adopts()) {
      return List.of(
          Diagnostic.error(
              Problem.CONFLICT,
              at,
              "maintenance.busyFile is for a program of the app's own, and run.unit gives the"
                  + " service no directory for the file",
              "remove maintenance.busyFile"));
    }
    boolean hasState =
        app.permissions()
            .get(Permission.STATE)
            .filter(request -> !(request.value() instanceof Value.Withheld))
            .isPresent();
    return hasState
        ? List.of()
        : List.of(
            Diagnostic.error(
                Problem.CONFLICT,
                at,
                "maintenance.busyFile is a file in the state directory of the app, which has none",
                "add permissions: {state: true}, or remove maintenance.busyFile"));
  }

  private static Location place(Node spec) {
    Node none = Node.mapping(List.of());
    Node maintenance = spec.fields().getOrDefault("maintenance", none);
    return maintenance.fields().getOrDefault(MaintenanceReader.BUSY_FILE, maintenance).at();
  }
}
