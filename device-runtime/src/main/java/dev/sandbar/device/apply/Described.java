package dev.sandbar.device.apply;

import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Plan.Step;
import java.util.List;
import java.util.stream.Collectors;

/** Steps and differences as one line of a log or a message. */
final class Described {

  private static final int MOST = 5;

  private Described() {}

  static String step(Step step) {
    return UnitOf.step(step).map(unit -> "unit=" + unit + " ").orElse("")
        + "why=\""
        + step.why()
        + "\"";
  }

  static String differences(List<Difference> differences) {
    String shown =
        differences.stream()
            .limit(MOST)
            .map(d -> "%s is %s, declared %s".formatted(d.subject(), d.observed(), d.declared()))
            .collect(Collectors.joining("; "));
    int more = differences.size() - MOST;
    return more > 0 ? shown + "; and " + more + " more" : shown;
  }
}
