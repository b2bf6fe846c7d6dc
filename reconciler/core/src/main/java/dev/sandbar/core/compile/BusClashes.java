package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Apps of one device that own one name on the system bus. Whoever asks first would have it, so all
 * of them are refused: none takes the place of another by its name or by when it came.
 */
final class BusClashes {

  private BusClashes() {}

  /** By app, why it is refused. */
  static SortedMap<AppName, List<Diagnostic>> find(Collection<AppSpec> apps) {
    var owners = new TreeMap<BusName, List<AppSpec>>();
    for (AppSpec app : apps) {
      for (BusName name : owned(app)) {
        owners.computeIfAbsent(name, _ -> new ArrayList<>()).add(app);
      }
    }
    var found = new TreeMap<AppName, List<Diagnostic>>();
    owners.forEach(
        (name, all) -> {
          for (AppSpec app : all) {
            all.stream()
                .filter(other -> !other.name().equals(app.name()) && meet(app, other))
                .findFirst()
                .ifPresent(
                    other ->
                        found
                            .computeIfAbsent(app.name(), _ -> new ArrayList<>())
                            .add(clash(app, name, other)));
          }
        });
    return found;
  }

  private static SortedSet<BusName> owned(AppSpec app) {
    return BusProxy.of(app).map(BusProxy::own).orElseGet(TreeSet::new);
  }

  /** Whether one device can be selected by both, as far as their labels say. */
  static boolean meet(AppSpec one, AppSpec other) {
    Map<String, String> labels = other.devices().matchLabels();
    return one.devices().matchLabels().entrySet().stream()
        .allMatch(e -> labels.getOrDefault(e.getKey(), e.getValue()).equals(e.getValue()));
  }

  private static Diagnostic clash(AppSpec app, BusName name, AppSpec other) {
    return Diagnostic.error(
        Problem.CONFLICT,
        app.permissions()
            .get(Permission.DBUS)
            .map(Request::at)
            .filter(at -> !at.equals(Location.NOWHERE))
            .orElse(app.at()),
        "permissions.dbus.own: app '%s' owns %s, and app '%s' does too"
            .formatted(app.name(), name, other.name()),
        "remove it from one of them, or select other devices");
  }
}
