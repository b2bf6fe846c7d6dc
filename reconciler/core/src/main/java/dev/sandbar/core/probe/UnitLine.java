package dev.sandbar.core.probe;

import dev.sandbar.core.convert.UnitLines;
import java.util.List;

/**
 * One setting of a unit file or drop-in (systemd.syntax(7)).
 *
 * @param section without brackets
 * @param name of the directive
 * @param value the rest of the line; of a line that goes on, of all its parts
 */
record UnitLine(String section, String name, String value) {

  /** Those of a text. Lines that are no settings are passed over, as systemd does. */
  static List<UnitLine> of(String text) {
    return UnitLines.read(text).settings().stream()
        .map(it -> new UnitLine(it.section(), it.name(), it.value()))
        .toList();
  }

  @Override
  public String toString() {
    return name + "=" + value;
  }
}
