package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.KernelSetting;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Apps of one device that need different values of one setting of its kernel. Whoever starts last
 * would have it, so all of them are refused; apps that need the same value share it.
 */
final class TuningClashes {

  private TuningClashes() {}

  /** By app, why it is refused. */
  static SortedMap<AppName, List<Diagnostic>> find(List<AppSpec> apps) {
    var found = new TreeMap<AppName, List<Diagnostic>>();
    for (AppSpec app : apps) {
      for (KernelSetting setting : settings(app)) {
        apps.stream()
            .filter(other -> !other.name().equals(app.name()) && BusClashes.meet(app, other))
            .flatMap(
                other ->
                    settings(other).stream()
                        .filter(it -> differs(setting, it))
                        .map(it -> clash(app, setting, other, it)))
            .findFirst()
            .ifPresent(it -> found.computeIfAbsent(app.name(), _ -> new ArrayList<>()).add(it));
      }
    }
    return found;
  }

  private static List<KernelSetting> settings(AppSpec app) {
    return KernelTuning.of(app).map(it -> List.copyOf(it.settings())).orElse(List.of());
  }

  private static boolean differs(KernelSetting one, KernelSetting other) {
    return one.name().equals(other.name()) && !one.value().equals(other.value());
  }

  private static Diagnostic clash(
      AppSpec app, KernelSetting setting, AppSpec other, KernelSetting another) {
    return Diagnostic.error(
        Problem.CONFLICT,
        app.permissions()
            .get(Permission.KERNEL_TUNING)
            .map(Request::at)
            .filter(at -> !at.equals(Location.NOWHERE))
            .orElse(app.at()),
        "permissions.kernelTuning: app '%s' needs %s, and app '%s' needs %s"
            .formatted(app.name(), setting, other.name(), another),
        "give both the same value, or select other devices");
  }
}
