package dev.sandbar.core.convert;

import dev.sandbar.core.convert.UnitFile.Line;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveOverride;
import dev.sandbar.core.property.DirectiveTable;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lines of a unit as systemd reads them: with what specifiers stand for, where that is the same
 * on every device (systemd.unit(5), Specifiers), and names and words as they are written today.
 */
final class Specifiers {

  private static final Pattern ANY = Pattern.compile("%(.)");

  private static final Pattern NAME = Pattern.compile("(?:.*/)?([^@/]+)[.]service");

  /** With nothing that systemd would have to read back (systemd.unit(5), "String Escaping"). */
  private static final Pattern INSTANCE =
      Pattern.compile("(?:.*/)?(([^@/]+)@([A-Za-z0-9:_.]+))[.]service");

  /** Of the manager of the system, which is root. */
  private static final Map<String, String> FIXED =
      Map.ofEntries(
          Map.entry("t", "/run"),
          Map.entry("S", "/var/lib"),
          Map.entry("C", "/var/cache"),
          Map.entry("L", "/var/log"),
          Map.entry("E", "/etc"),
          Map.entry("T", "/tmp"),
          Map.entry("V", "/var/tmp"),
          Map.entry("h", "/root"),
          Map.entry("u", "root"),
          Map.entry("U", "0"),
          Map.entry("g", "root"),
          Map.entry("G", "0"));

  /** What systemd still reads by the names that they once had. */
  private static final Map<String, String> RENAMED =
      Map.of(
          "ReadWriteDirectories", "ReadWritePaths",
          "ReadOnlyDirectories", "ReadOnlyPaths",
          "InaccessibleDirectories", "InaccessiblePaths");

  private static final Map<String, String> OUTPUTS =
      Map.of("syslog", "journal", "syslog+console", "journal+console");

  private static final Set<String> YES = Set.of("yes", "true", "on", "1", "y", "t");
  private static final Set<String> NO = Set.of("no", "false", "off", "0", "n", "f");

  private Specifiers() {}

  /**
   * The unit without those that are known.
   *
   * @param file its name, with folders or without; a template has none of its own
   */
  static UnitFile filledIn(UnitFile unit, String file) {
    var known = new HashMap<>(FIXED);
    Matcher name = NAME.matcher(file);
    if (name.matches()) {
      String prefix = name.group(1);
      known.put("n", prefix + ".service");
      known.put("N", prefix);
      known.put("p", prefix);
      known.put("j", prefix.substring(prefix.lastIndexOf('-') + 1));
    }
    Matcher instance = INSTANCE.matcher(file);
    if (instance.matches()) {
      known.put("n", instance.group(1) + ".service");
      known.put("N", instance.group(1));
      known.put("p", instance.group(2));
      known.put("j", instance.group(2).substring(instance.group(2).lastIndexOf('-') + 1));
      known.put("i", instance.group(3));
      known.put("I", instance.group(3));
    }
    return unit.with(unit.lines().stream().map(it -> read(it, known)).toList());
  }

  private static Line read(Line line, Map<String, String> known) {
    String name = today(line.name());
    String value =
        ANY.matcher(line.value())
            .replaceAll(
                it -> Matcher.quoteReplacement(known.getOrDefault(it.group(1), it.group())));
    return new Line(line.section(), name, word(name, value), line.number());
  }

  /** What a directive is called today. */
  static String today(String name) {
    return RENAMED.getOrDefault(name, name);
  }

  /** systemd reads truth values in many ways. */
  private static String word(String name, String value) {
    if (name.equals("StandardOutput") || name.equals("StandardError")) {
      return OUTPUTS.getOrDefault(value, value);
    }
    boolean isWord =
        DirectiveTable.find(name)
            .map(DirectiveInfo::override)
            .filter(
                it ->
                    it instanceof DirectiveOverride.Switch
                        || it instanceof DirectiveOverride.Ladder
                        || (it instanceof DirectiveOverride.Setting(var closed, _)
                            && closed.accepts("yes")
                            && closed.accepts("no")))
            .isPresent();
    String lower = value.toLowerCase(Locale.ROOT);
    if (isWord && YES.contains(lower)) {
      return "yes";
    }
    return isWord && NO.contains(lower) ? "no" : value;
  }
}
