package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.UnitName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A unit beside those of apps: a socket that systemd opens for one, a file system that it mounts
 * for some, or the timer that starts one.
 *
 * @param text exact content of its file
 * @param enabled whether others start it too, as its file says
 */
public record SideUnit(UnitName unit, String text, boolean enabled) {

  /** Those of an app. */
  public static List<SideUnit> of(CompiledApp app) {
    AppSpec spec = app.spec();
    var all = new ArrayList<SideUnit>();
    PortSocket.of(spec).forEach(it -> all.add(new SideUnit(it.unit(), it.text(), false)));
    app.mounts().forEach(it -> all.add(new SideUnit(it.unit(), it.text(), it.isPlugged())));
    SocketMount.of(spec).ifPresent(it -> all.add(new SideUnit(it.unit(), it.text(), false)));
    RuntimeMount.of(spec).ifPresent(it -> all.add(new SideUnit(it.unit(), it.text(), false)));
    // It is enabled with the unit of the app, which names it.
    AppTimer.of(spec).forEach(it -> all.add(new SideUnit(it.unit(), it.text(), false)));
    return List.copyOf(all);
  }

  /** The one app that a unit is for; empty if it is none of these, or for several. */
  public static Optional<AppName> app(UnitName unit) {
    return AppTimer.app(unit)
        .or(() -> PortSocket.app(unit))
        .or(() -> SocketMount.app(unit))
        .or(() -> RuntimeMount.app(unit));
  }

  /** The app in the first group of a pattern of names; empty if the unit has no such name. */
  static Optional<AppName> app(Pattern names, UnitName unit) {
    Matcher name = names.matcher(unit.value());
    return name.matches() && AppName.isValid(name.group(1))
        ? Optional.of(new AppName(name.group(1)))
        : Optional.empty();
  }

  /** Whether a unit of this name is a file system that systemd mounts for an app. */
  public static boolean isMount(String name) {
    return MountUnit.isOwn(name) || SocketMount.isOwn(name) || RuntimeMount.isOwn(name);
  }

  /** Whether a file of this name is one of Sandbar's. */
  public static boolean isOwn(String file) {
    return PortSocket.isOwn(file) || AppTimer.isOwn(file) || isMount(file);
  }
}
