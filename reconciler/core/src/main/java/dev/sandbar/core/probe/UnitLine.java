package dev.sandbar.core.probe;

import java.util.ArrayList;
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
    var lines = new ArrayList<UnitLine>();
    String section = "";
    var pending = new StringBuilder();
    // systemd ends a line at each of these.
    for (String raw : text.split("[\\n\\r\\x00]")) {
      String line = raw.strip();
      if (line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      if (line.endsWith("\\")) {
        pending.append(line, 0, line.length() - 1).append(' ');
        continue;
      }
      String whole = pending.append(line).toString().strip();
      pending.setLength(0);
      if (whole.startsWith("[") && whole.endsWith("]")) {
        section = whole.substring(1, whole.length() - 1);
        continue;
      }
      int equals = whole.indexOf('=');
      if (equals > 0) {
        lines.add(
            new UnitLine(
                section, whole.substring(0, equals).strip(), whole.substring(equals + 1).strip()));
      }
    }
    return lines;
  }

  @Override
  public String toString() {
    return name + "=" + value;
  }
}
