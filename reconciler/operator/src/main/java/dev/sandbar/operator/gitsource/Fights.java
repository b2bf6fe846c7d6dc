package dev.sandbar.operator.gitsource;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Corrections;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Which apps were put right how often: from it follow the waits, and that somebody fights. */
final class Fights {
  private final Map<String, Corrections.Made> made = new HashMap<>();
  private final Backoff backoff;

  Fights(Backoff backoff) {
    this.backoff = backoff;
  }

  /** When this app may be put right; not after now if at once. */
  Instant mayCorrect(String name, Instant now) {
    return lately(name, now).map(it -> it.last().plus(backoff.after(it.count()))).orElse(now);
  }

  void corrected(String name, Instant now) {
    forgetQuiet(name, now);
    made.merge(
        name,
        new Corrections.Made(1, now),
        (before, one) -> new Corrections.Made(before.count() + 1, now));
  }

  boolean isFight(String name, Instant now) {
    return lately(name, now).filter(it -> it.count() >= Corrections.FIGHT).isPresent();
  }

  /** Git has changed the app: what follows is another matter. */
  void forget(String name) {
    made.remove(name);
  }

  private Optional<Corrections.Made> lately(String name, Instant now) {
    forgetQuiet(name, now);
    return Optional.ofNullable(made.get(name));
  }

  private void forgetQuiet(String name, Instant now) {
    made.computeIfPresent(
        name, (_, it) -> now.isBefore(it.last().plus(Corrections.QUIET)) ? it : null);
  }
}
