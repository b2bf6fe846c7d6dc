package dev.sandbar.core.plan;

import java.util.ArrayList;
import java.util.List;

/** Why a step is taken, for people: the differences it corrects. */
final class Reasons {

  /** So many differences are listed one by one. */
  private static final int TOLD = 3;

  /** A value is cut after so many characters: the difference itself carries it whole. */
  private static final int LONGEST_VALUE = 120;

  private Reasons() {}

  /**
   * @param drift whether this version was applied before, so that the device changed it
   */
  static String of(List<Difference> differences, boolean drift) {
    var parts = new ArrayList<String>();
    for (Difference d : differences.subList(0, Math.min(TOLD, differences.size()))) {
      parts.add(drift ? drifted(d) : changed(d));
    }
    int more = differences.size() - TOLD;
    String tail = more > 0 ? " and " + more + " more" : "";
    return String.join("; ", parts) + tail;
  }

  private static String drifted(Difference d) {
    return d.subject() + " is " + cut(d.observed()) + ", declared is " + cut(d.declared());
  }

  private static String changed(Difference d) {
    return d.subject() + " changes from " + cut(d.observed()) + " to " + cut(d.declared());
  }

  private static String cut(String text) {
    return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE - 1) + "…";
  }
}
