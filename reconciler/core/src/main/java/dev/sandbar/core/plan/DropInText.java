package dev.sandbar.core.plan;

import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.property.DirectiveTable;
import java.util.List;
import java.util.TreeSet;

/** What a drop-in sets (systemd.syntax(7)). */
public final class DropInText {

  /** What systemctl set-property writes has some hundred bytes. */
  private static final int MOST_CHARACTERS = 4096;

  private DropInText() {}

  /**
   * Names of the directives that the drop-in sets, sorted. Empty if a line of it is not understood
   * entirely: whoever wrote it may have meant to hide what it does.
   *
   * @param text the whole file
   */
  public static List<String> settings(String text) {
    if (text.length() > MOST_CHARACTERS) {
      return List.of();
    }
    var names = new TreeSet<String>();
    String section = "";
    // systemd ends a line at each of these.
    for (String raw : text.split("[\\n\\r\\x00]")) {
      String line = raw.strip();
      if (line.endsWith("\\")) {
        return List.of();
      }
      if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      if (line.startsWith("[") && line.endsWith("]")) {
        section = line.substring(1, line.length() - 1);
        continue;
      }
      int equals = line.indexOf('=');
      String name = equals < 0 ? "" : line.substring(0, equals).strip();
      String place = section;
      if (DirectiveTable.find(name).filter(it -> it.section().equals(place)).isEmpty()) {
        return List.of();
      }
      names.add(name);
    }
    return names.size() > SpecBounds.MOST_IGNORED ? List.of() : List.copyOf(names);
  }
}
