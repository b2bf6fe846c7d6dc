package dev.sandbar.core.property;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The state that a unit file leads to: what every sandbox property must read back as from systemd,
 * with implied settings, expansions and defaults.
 */
public final class Effective {

  private Effective() {}

  /**
   * One line of the unit's sections {@code Unit} and {@code Service}, in file order.
   *
   * @param value as it stands after the equals sign, escaping included
   */
  public record Setting(String name, String value) {}

  /**
   * What of the device and the unit bears on the meaning of a line.
   *
   * @param systemdVersion major version, for example 257
   * @param syscallGroups members of every group, nested groups resolved; keys begin with {@code @}
   * @param knownSyscalls names that this systemd accepts for its native architecture
   * @param architecture systemd's name, for example {@code x86-64}
   * @param unitName the whole name, {@code .service} included
   */
  public record Context(
      int systemdVersion,
      SortedMap<String, SortedSet<String>> syscallGroups,
      SortedSet<String> knownSyscalls,
      String architecture,
      String unitName) {
    public Context {
      var groups = new TreeMap<String, SortedSet<String>>();
      syscallGroups.forEach(
          (k, v) -> groups.put(k, Collections.unmodifiableSortedSet(new TreeSet<>(v))));
      syscallGroups = Collections.unmodifiableSortedMap(groups);
      knownSyscalls = Collections.unmodifiableSortedSet(new TreeSet<>(knownSyscalls));
    }
  }

  /**
   * Every property that must be compared, by directive name.
   *
   * @throws IllegalArgumentException if a value is not one that the compiler writes
   */
  public static SortedMap<String, Value> of(List<Setting> settings, Context context) {
    return Collections.emptySortedMap();
  }
}
