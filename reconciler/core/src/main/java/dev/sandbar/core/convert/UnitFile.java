package dev.sandbar.core.convert;

import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.EmptyAssignment;
import dev.sandbar.core.property.Syntax.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The settings of a unit file in their order (systemd.syntax(7)).
 *
 * @param lines those that count: without what a later line resets or replaces, and with those that
 *     have no value but reset nothing
 */
public record UnitFile(List<Line> lines) {

  /** Settings of which a further line adds to those before. */
  private static final Set<Kind> ADDING =
      EnumSet.of(Kind.ITEMS, Kind.NAMES, Kind.KEYED, Kind.FILTER, Kind.MASK);

  /** systemd ends a line at each of these, and at two of them together. */
  private static final Pattern LINE_ENDS = Pattern.compile("\r\n|\n\r|[\n\r\0]");

  public UnitFile {
    lines = List.copyOf(lines);
  }

  /**
   * One setting.
   *
   * @param section without brackets; empty before the first one
   * @param name before the equals sign; empty if the line has none
   * @param value after it, lines that a backslash joins as one
   * @param number of its first line in the file, from 1
   */
  public record Line(String section, String name, String value, int number) {}

  /** Reads the text of a whole file. */
  public static UnitFile read(String text) {
    var lines = new ArrayList<Line>();
    all(text).forEach(line -> add(lines, line));
    return new UnitFile(lines);
  }

  /** All settings of a file, those with an empty value too, which take back what was before. */
  public static List<Line> all(String text) {
    var lines = new ArrayList<Line>();
    String section = "";
    var pending = new StringBuilder();
    int begin = 0;
    int number = 0;
    for (String raw : LINE_ENDS.split(text, -1)) {
      number++;
      String line = raw.strip();
      boolean comment = line.startsWith("#") || line.startsWith(";");
      if (comment || (line.isEmpty() && pending.isEmpty())) {
        continue;
      }
      begin = pending.isEmpty() ? number : begin;
      if (line.endsWith("\\")) {
        pending.append(line, 0, line.length() - 1).append(' ');
        continue;
      }
      String whole = pending.append(line).toString().strip();
      pending.setLength(0);
      if (whole.startsWith("[") && whole.endsWith("]")) {
        section = whole.substring(1, whole.length() - 1);
      } else {
        lines.add(line(section, whole, begin));
      }
    }
    if (!pending.isEmpty()) {
      lines.add(line(section, pending.toString().strip(), begin));
    }
    return List.copyOf(lines);
  }

  private static Line line(String section, String whole, int number) {
    int equals = whole.indexOf('=');
    String name = equals < 0 ? "" : whole.substring(0, equals).strip();
    String value = equals < 0 ? whole : whole.substring(equals + 1).strip();
    return new Line(section, name, value, number);
  }

  private static void add(List<Line> lines, Line line) {
    String section = line.section();
    String name = line.name();
    String value = line.value();
    Optional<DirectiveInfo> directive = DirectiveTable.find(name);
    if (value.isEmpty()
        && directive.map(DirectiveInfo::empty).orElse(EmptyAssignment.KEEPS)
            != EmptyAssignment.RESETS) {
      lines.add(line);
      return;
    }
    boolean adds =
        name.isEmpty() || directive.map(it -> ADDING.contains(it.syntax().kind())).orElse(true);
    if (value.isEmpty() || !adds) {
      lines.removeIf(it -> it.section().equals(section) && it.name().equals(name));
    }
    if (!value.isEmpty()) {
      lines.add(line);
    }
  }
}
