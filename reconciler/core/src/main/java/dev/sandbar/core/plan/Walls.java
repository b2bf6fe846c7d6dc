package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.AddedLines;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The walls of a drop-in, and those that the service has itself. */
public final class Walls {

  private static final String DROP_INS = ".service.d";

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
                .filter(value -> closes(name, wanted, withoutClocks(name, value, observed)))
                .orElse(wanted));
    return app.with(effective);
  }

  /** What ProtectClock= of the service adds to its devices is no device that anybody requested. */
  private static Value withoutClocks(String name, Value value, ObservedUnit observed) {
    if (!name.equals(AddedLines.DEVICES)
        || !(value instanceof Value.Keyed(var entries))
        || !new Raw.Bool(true).equals(observed.properties().get(AddedLines.CLOCK))) {
      return value;
    }
    var others = new TreeMap<>(entries);
    others.remove(AddedLines.CLOCKS, "r");
    return new Value.Keyed(others);
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
   * What the service has itself that the drop-in would open again, for people; empty if nothing.
   *
   * @param seen what the files of the service say counts, and not what the manager has loaded: that
   *     holds the lines of an earlier drop-in too
   */
  static Optional<String> opened(CompiledApp app, Observation seen, int systemdVersion) {
    List<Setting> lines = seen.services().get(app.unit());
    if (lines == null) {
      return Optional.of(
          "what %s says itself cannot be read, to compare it with the app".formatted(app.unit()));
    }
    Optional<String> unread = unread(seen.unit(app.unit()));
    if (unread.isPresent()) {
      return Optional.of(
          "systemd reads %s for %s, under another name of it".formatted(unread.get(), app.unit()));
    }
    List<Setting> added =
        app.directives().stream().map(line -> new Setting(line.name(), line.value())).toList();
    try {
      return AddedLines.opened(app.unit().value(), lines, added, systemdVersion).stream()
          .findFirst()
          .map(
              it ->
                  "%s has %s=%s itself, and the app would open it to %s"
                      .formatted(app.unit(), it.directive(), it.own(), it.then()));
    } catch (IllegalArgumentException e) {
      return Optional.of(
          "a line of %s cannot be compared with the app: %s".formatted(app.unit(), e.getMessage()));
    }
  }

  /** A drop-in for another name of the unit, of which the files of this name say nothing. */
  private static Optional<String> unread(ObservedUnit unit) {
    return unit.loaded().dropInPaths().stream()
        .filter(path -> isOfAnotherName(path, unit.name()))
        .findFirst();
  }

  /** Folders of templates and of prefixes are of this name too (systemd.unit(5)). */
  private static boolean isOfAnotherName(String path, UnitName unit) {
    String folder = path.substring(0, Math.max(0, path.lastIndexOf('/')));
    String name = folder.substring(folder.lastIndexOf('/') + 1);
    return name.endsWith(DROP_INS)
        && !name.equals(unit.value() + ".d")
        && !name.endsWith("-" + DROP_INS)
        && !name.endsWith("@" + DROP_INS);
  }

  private static Optional<Value> found(String name, ObservedUnit observed, int systemdVersion) {
    return DirectiveTable.find(name)
        .flatMap(it -> Canonical.of(it, observed.properties(), systemdVersion));
  }

  private static boolean closes(String name, Value wanted, Value found) {
    return DirectiveTable.find(name).filter(it -> Tightness.closes(it, wanted, found)).isPresent();
  }
}
