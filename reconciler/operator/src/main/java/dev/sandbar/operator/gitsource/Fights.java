package dev.sandbar.operator.gitsource;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Corrections;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Which apps were put right how often: from it follow the waits, and that somebody fights. */
final class Fights {
  private final Map<String, Corrections.Made> made = new HashMap<>();
  private final Backoff backoff;

  Fights(Backoff backoff) {
    this.backoff = backoff;
  }

  /** When this app may be put right; not after now if at once. */
  Instant mayCorrect(String name, Instant now) {
    forgetQuiet(name, now);
    Corrections.Made entry = made.get(name);
    return entry == null ? now : entry.last().plus(backoff.after(entry.count()));
  }

  void corrected(String name, Instant now) {
    forgetQuiet(name, now);
    made.merge(
        name,
        new Corrections.Made(1, now),
        (before, one) -> new Corrections.Made(before.count() + 1, now));
  }

  boolean isFight(String name, Instant now) {
    forgetQuiet(name, now);
    Corrections.Made entry = made.get(name);
    return entry != null && entry.count() >= Corrections.FIGHT;
  }

  /** Git has changed the app: what follows is another matter. */
  void forget(String name) {
    made.remove(name);
  }

  private void forgetQuiet(String name, Instant now) {
    Corrections.Made entry = made.get(name);
    if (entry != null && !now.isBefore(entry.last().plus(Corrections.QUIET))) {
      made.remove(name);
    }
  }
}
