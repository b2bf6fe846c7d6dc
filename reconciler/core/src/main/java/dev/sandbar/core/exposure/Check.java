package dev.sandbar.core.exposure;

import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * One row of the table of {@code systemd-analyze security} (analyze-security.c of systemd; weights
 * and ranges are the same in 252 to 262).
 *
 * @param field name of the check in the tool's JSON
 * @param weight share in the whole
 * @param range badness of the worst setting
 * @param assess badness, from 0 to the range; empty if the check does not apply to the unit
 */
record Check(String field, int weight, int range, Function<Settings, OptionalInt> assess) {

  /** A setting that is on, or costs its whole weight. */
  static Check on(String directive, int weight) {
    return when(directive, weight, settings -> !settings.on(directive));
  }

  /** What costs its whole weight where it is so. */
  static Check when(String field, int weight, Predicate<Settings> isBad) {
    return new Check(field, weight, 1, s -> OptionalInt.of(isBad.test(s) ? 1 : 0));
  }

  /** What has more than two answers. */
  static Check graded(String field, int weight, int range, ToIntFunction<Settings> badness) {
    return new Check(field, weight, range, s -> OptionalInt.of(badness.applyAsInt(s)));
  }
}
