package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.Syscalls;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import dev.sandbar.core.property.WallExceptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The walls of a drop-in, and those that the service has itself. */
public final class Walls {

  /** They imply others that are compared (systemd.exec(5)). */
  private static final List<String> IMPLYING = List.of("PrivateDevices", "DynamicUser");

  /** Of these no line can open anything, whatever stands before it. */
  private static final Set<String> CLOSES_ALWAYS =
      Set.of("SystemCallFilter", "SystemCallErrorNumber", "Environment");

  private static final Value UNLIMITED = new Value.Amount(-1);

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
    var added = new ArrayList<Setting>();
    app.directives().stream()
        .filter(line -> !CLOSES_ALWAYS.contains(line.name()))
        .forEach(line -> added.add(new Setting(line.name(), line.value())));
    var compared = new TreeSet<String>();
    added.forEach(line -> compared.add(line.name()));
    var relevant = new TreeSet<>(compared);
    relevant.addAll(IMPLYING);
    compared.forEach(
        name -> WallExceptions.listedBy(name).ifPresent(it -> relevant.add(it.wall())));
    List<Setting> own = lines.stream().filter(it -> relevant.contains(it.name())).toList();
    var both = new ArrayList<>(own);
    both.addAll(added);
    try {
      var before = Effective.of(own, context(app.unit(), systemdVersion));
      var after = Effective.of(both, context(app.unit(), systemdVersion));
      return compared.stream()
          .filter(name -> before.containsKey(name) || isSaid(name, own))
          .filter(name -> opens(name, before, after, systemdVersion))
          .findFirst()
          .map(
              name ->
                  "%s has %s=%s itself, and the app would open it to %s"
                      .formatted(
                          app.unit(), name, shown(before.get(name)), shown(after.get(name))));
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

  private static boolean opens(
      String name,
      SortedMap<String, Value> before,
      SortedMap<String, Value> after,
      int systemdVersion) {
    boolean opensNothing =
        WallExceptions.listedBy(name)
            .filter(it -> !stands(it.wall(), before, systemdVersion))
            .isPresent();
    return !opensNothing && !isAtMost(name, before.get(name), after.get(name));
  }

  /** A value that depends on the device, such as a share of its memory, is not known. */
  private static boolean isAtMost(String name, @Nullable Value most, @Nullable Value value) {
    if (UNLIMITED.equals(most)) {
      return true;
    }
    if (most == null || value == null) {
      return false;
    }
    return most instanceof Value.Amount(long bits) && value instanceof Value.Amount(long others)
        ? Long.compareUnsigned(others, bits) <= 0
        : closes(name, most, value);
  }

  /** Whether the service itself closes something in which the list makes exceptions. */
  private static boolean stands(String wall, SortedMap<String, Value> before, int systemdVersion) {
    Optional<Value> unset =
        DirectiveTable.find(wall).flatMap(it -> Effective.unset(it, systemdVersion));
    return !Optional.ofNullable(before.get(wall)).equals(unset);
  }

  private static boolean isSaid(String name, List<Setting> lines) {
    return lines.stream().anyMatch(it -> it.name().equals(name));
  }

  private static String shown(@Nullable Value value) {
    return value == null ? "(unknown)" : value.show();
  }

  private static Effective.Context context(UnitName unit, int systemdVersion) {
    return new Effective.Context(systemdVersion, Syscalls.NONE, "", unit.value());
  }

  private static Optional<Value> found(String name, ObservedUnit observed, int systemdVersion) {
    return DirectiveTable.find(name)
        .flatMap(it -> Canonical.of(it, observed.properties(), systemdVersion));
  }

  private static boolean closes(String name, Value wanted, Value found) {
    return DirectiveTable.find(name).filter(it -> Tightness.closes(it, wanted, found)).isPresent();
  }
}
