package dev.sandbar.core.convert;

import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.convert.Converted.Left;
import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Capabilities;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.Value;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which capabilities the lines of a unit leave and give, several lines of one directive as one. */
final class UnitRights {

  static final String BOUNDING = "CapabilityBoundingSet";
  static final String AMBIENT = "AmbientCapabilities";

  /** Without them the app is root, with all capabilities. */
  private static final Set<String> TAKING = Set.of(BOUNDING, "SecureBits", "User");

  private final UnitFile unit;

  UnitRights(UnitFile unit) {
    this.unit = unit;
  }

  /** What is left out of a unit in this mode, and whether nobody should go on without it. */
  static Left left(Line line, String help, Mode mode) {
    return new Left(
        line.number(),
        line.name() + "=" + line.value(),
        help,
        mode == Mode.OPEN && TAKING.contains(line.name()));
  }

  /** Whether others than the main process may say how the service is. */
  boolean othersNotify() {
    return unit.lines().stream()
        .anyMatch(it -> it.name().equals("NotifyAccess") && it.value().matches("all|exec"));
  }

  /** As one value; empty if a line cannot be read. */
  Optional<String> text(String directive) {
    List<Setting> settings =
        unit.lines().stream()
            .filter(it -> it.name().equals(directive))
            .map(it -> new Setting(directive, it.value()))
            .toList();
    try {
      Value value =
          Effective.of(settings, ReferenceDevice.facts().context(UnitName.own(new AppName("app"))))
              .get(directive);
      return value instanceof Value.Names(var names) ? Optional.of(text(names)) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The shorter way to say it. */
  private static String text(Set<String> names) {
    var others = new TreeSet<>(Capabilities.names());
    others.removeAll(names);
    return others.size() < names.size()
        ? "~" + String.join(" ", others)
        : String.join(" ", new TreeSet<>(names));
  }
}
