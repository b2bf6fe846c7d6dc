package dev.sandbar.core.exposure;

import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * The exposure level of a unit: from 0.0, where nothing that is checked is open, to 10.0. It is a
 * sum over settings and cannot see what an app may reach with them: limits, ports, address lists,
 * volumes, the contents of an image.
 *
 * @param tenths the level, in tenths
 * @param costs what adds to it, the dearest first
 */
public record Exposure(int tenths, List<Cost> costs) {

  public Exposure {
    costs = List.copyOf(costs);
  }

  /**
   * What one check adds.
   *
   * @param check name of the check in the JSON of the tool
   * @param points of the weight of all checks that apply
   */
  public record Cost(String check, int points) {}

  /**
   * The level of a unit with these settings.
   *
   * @param effective as systemd reads them back, by directive; see {@code Effective}
   * @param syscallGroups members of every group, nested groups resolved
   * @param knownSyscalls names that systemd accepts for its native architecture
   */
  public static Exposure of(
      SortedMap<String, Value> effective,
      SortedMap<String, SortedSet<String>> syscallGroups,
      SortedSet<String> knownSyscalls) {
    var settings = new Settings(effective, syscallGroups, knownSyscalls);
    long weights = 0;
    long badness = 0;
    var costs = new ArrayList<Cost>();
    for (Check check : Checks.ALL) {
      var found = check.assess().apply(settings);
      if (found.isPresent()) {
        int points = Math.ceilDiv(found.getAsInt() * check.weight(), check.range());
        weights += check.weight();
        badness += points;
        if (points > 0) {
          costs.add(new Cost(check.field(), points));
        }
      }
    }
    costs.sort(Comparator.comparing(Cost::points).reversed().thenComparing(Cost::check));
    return new Exposure((int) Math.ceilDiv(100 * badness, weights), costs);
  }

  /** The level as the tool prints it: {@code 1.2}. */
  public String level() {
    return tenths / 10 + "." + tenths % 10;
  }

  /** The tool's word for the level. */
  public String word() {
    if (tenths >= 100) {
      return "DANGEROUS";
    }
    if (tenths >= 90) {
      return "UNSAFE";
    }
    if (tenths >= 75) {
      return "EXPOSED";
    }
    if (tenths >= 50) {
      return "MEDIUM";
    }
    if (tenths >= 10) {
      return "OK";
    }
    return tenths >= 1 ? "SAFE" : "PERFECT";
  }
}
