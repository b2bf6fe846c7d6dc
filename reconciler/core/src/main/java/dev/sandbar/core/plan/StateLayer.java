package dev.sandbar.core.plan;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import java.util.List;

/** Whether the unit runs and would run after the next boot. */
final class StateLayer {

  private StateLayer() {}

  /**
   * @param mayBeDown whether it is as it should be that it does not run
   */
  static void compare(
      UnitName unit, ObservedUnit observed, boolean mayBeDown, List<Difference> out) {
    Loaded loaded = observed.loaded();
    if (!isUp(loaded) && !mayBeDown) {
      out.add(new Difference(unit, Subject.State.ACTIVE, "active", describe(loaded)));
    }
    if (!loaded.unitFileState().equals("enabled")) {
      out.add(
          new Difference(
              unit, Subject.State.ENABLED, "enabled", ManagerLayer.orNone(loaded.unitFileState())));
    }
  }

  /**
   * Running, or on the way there: what ends by itself is started again. What a stop by hand leaves
   * is seen when it has ended.
   */
  static boolean isUp(Loaded loaded) {
    return switch (loaded.activeState()) {
      case "active", "reloading", "refreshing", "activating", "deactivating" -> true;
      default -> loaded.changing();
    };
  }

  static boolean hasFailed(Loaded loaded) {
    return loaded.activeState().equals("failed");
  }

  static String describe(Loaded loaded) {
    if (!hasFailed(loaded)) {
      return loaded.activeState();
    }
    String why = loaded.result().isEmpty() ? "" : " (" + loaded.result();
    if (!why.isEmpty()) {
      why += loaded.exitStatus() == 0 ? ")" : ", status " + loaded.exitStatus() + ")";
    }
    return "failed" + why;
  }
}
