package dev.sandbar.core.window;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;

/**
 * Windows on one clock. None at all means: always open.
 *
 * @param zone of the clock that they are read on
 */
public record Windows(List<Window> all, ZoneId zone) {

  public Windows {
    all = List.copyOf(all);
  }

  /** Whether nothing ever waits for them. */
  boolean areAbsent() {
    return all.isEmpty();
  }

  /** Whether one is open; it is from its beginning until just before its end. */
  public boolean isOpen(Instant now) {
    return all.isEmpty()
        || all.stream()
            .anyMatch(
                window ->
                    // Not after now: one that began within its length has not ended.
                    !window.at().next(now.minus(window.length()), zone).isAfter(now));
  }

  /** When one is open: now, or when the next one opens. */
  Instant nextOpen(Instant now) {
    if (isOpen(now)) {
      return now;
    }
    return all.stream()
        .map(window -> window.at().next(now, zone))
        .min(Instant::compareTo)
        .orElse(Instant.MAX);
  }
}
