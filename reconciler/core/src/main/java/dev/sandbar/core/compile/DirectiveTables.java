package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSandbox.Mode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The tables behind the rules that the compiler holds {@code directives}, {@code systemCalls} and
 * the program to, for those that state the same rules elsewhere: schemas, admission policies,
 * documents.
 */
public final class DirectiveTables {

  private DirectiveTables() {}

  /**
   * What a directive may be set to.
   *
   * @param pattern regular expression over the whole value
   * @param shown for people: "write ..."
   */
  public record Setting(String pattern, String shown) {}

  /** Directives that are set to one value, in the mode. */
  public static SequencedMap<String, Setting> settings(Mode mode) {
    var settings = new LinkedHashMap<String, Setting>();
    for (String name : SettingTable.names()) {
      SettingTable.find(name, mode)
          .ifPresent(v -> settings.put(name, new Setting(v.pattern().pattern(), v.shown())));
    }
    return Collections.unmodifiableSequencedMap(settings);
  }

  /** Directives that are yes or no, and on in closed mode. */
  public static List<String> switches() {
    return ConfinementLines.switches();
  }

  /** Directives that hold lists and the like, each with rules of its own. */
  public static List<String> filters() {
    return HatchReader.FILTERS;
  }

  /** Directives that are not let through, with what does their work here. */
  public static SortedMap<String, String> instead() {
    return Collections.unmodifiableSortedMap(new TreeMap<>(HatchReader.INSTEAD));
  }

  /** System calls and groups that closed mode keeps closed, with what to do instead. */
  public static SortedMap<String, String> closedCalls() {
    return Collections.unmodifiableSortedMap(CallRules.closed());
  }

  /** Folders in which closed mode executes nothing. */
  public static List<String> neverPrograms() {
    return FileLines.NEVER_PROGRAMS;
  }
}
