package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Exceptions;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The walls of a drop-in, and those that the service has itself. */
public final class Walls {

  private Walls() {}

  /**
   * The app as its drop-in and the service come to it together: where the manager has a value that
   * closes all that was declared, that is what processes must hold. Of an app with a unit of its
   * own nothing is added.
   */
  public static CompiledApp together(CompiledApp app, ObservedUnit observed, int systemdVersion) {
    if (!app.spec().run().adopts()) {
      return app;
    }
    var effective = new TreeMap<String, Value>(app.effective());
    effective.replaceAll(
        (name, wanted) ->
            found(name, observed, systemdVersion)
                .filter(value -> closes(name, wanted, value))
                .orElse(wanted));
    return app.with(effective);
  }

  /**
   * What the unit will be at most as open as: what the manager has loaded, and what the drop-in
   * adds.
   */
  public static SortedMap<String, Value> whole(
      CompiledApp app, ObservedUnit observed, int systemdVersion) {
    var whole = new TreeMap<>(Canonical.all(observed.properties(), systemdVersion));
    whole.putAll(together(app, observed, systemdVersion).effective());
    return whole;
  }

  /**
   * What the service has itself that a drop-in would open again, for people; empty if nothing. It
   * is known only before the drop-in is there.
   */
  static Optional<String> opened(CompiledApp app, ObservedUnit observed, int systemdVersion) {
    UnitName unit = app.unit();
    if (observed.files().stream().anyMatch(file -> file.path().equals(UnitFiles.own(unit)))) {
      return Optional.empty();
    }
    for (Map.Entry<String, Value> entry : app.effective().entrySet()) {
      String name = entry.getKey();
      Value wanted = entry.getValue();
      Optional<Value> own = found(name, observed, systemdVersion);
      boolean opens =
          switch (wanted) {
            // The last word counts.
            case Value.Text _ ->
                own.isPresent() && !own.get().equals(wanted) && closes(name, wanted, own.get());
            case Value.Keyed _, Value.Names _ ->
                Exceptions.listedBy(name)
                        .filter(it -> stands(it.wall(), observed, systemdVersion))
                        .isPresent()
                    && own.filter(it -> closes(name, it, wanted)).isEmpty();
            case Value.Flag _, Value.Amount _, Value.Items _, Value.Filter _ -> false;
          };
      if (opens) {
        return Optional.of(
            "%s has %s=%s itself, and the app would open it to %s"
                .formatted(unit, name, own.map(Value::show).orElse(""), wanted.show()));
      }
    }
    return Optional.empty();
  }

  /** Whether the service itself closes something in which the list makes exceptions. */
  private static boolean stands(String wall, ObservedUnit observed, int systemdVersion) {
    Optional<Value> unset =
        DirectiveTable.find(wall).flatMap(it -> Effective.unset(it, systemdVersion));
    return !found(wall, observed, systemdVersion).equals(unset);
  }

  private static Optional<Value> found(String name, ObservedUnit observed, int systemdVersion) {
    return DirectiveTable.find(name)
        .flatMap(it -> Canonical.of(it, observed.properties(), systemdVersion));
  }

  private static boolean closes(String name, Value wanted, Value found) {
    return DirectiveTable.find(name).filter(it -> Tightness.closes(it, wanted, found)).isPresent();
  }
}
