package dev.sandbar.device.report;

import dev.sandbar.device.report.AlertBacklog.Waiting;
import dev.sandbar.device.report.AlertSender.Message;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Identity;
import dev.sandbar.device.report.DriftAlert.Resolved;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Since when a destination has known of what it heard lately, so that it keeps an alert long enough
 * to notify people. An alert that an earlier life of the agent sent counts as long known. Not for
 * several threads.
 */
final class KnownSince {
  private final long enough;
  private final Map<Identity, Long> since = new HashMap<>();

  /**
   * Of one destination.
   *
   * @param enough how long it must know of an alert before it hears of its end
   */
  KnownSince(Duration enough) {
    this.enough = enough.toNanos();
  }

  /** How an alert is sent to it now. */
  Message message(Waiting entry) {
    return switch (entry.alert()) {
      case Firing _ -> new Message(entry.alert(), entry.begins(), Duration.ZERO);
      case Resolved _ -> new Message(entry.alert(), entry.begins(), Duration.ofNanos(left(entry)));
    };
  }

  private long left(Waiting entry) {
    if (entry.begins()) {
      return enough;
    }
    Long heard = since.get(entry.alert().cause().identity());
    return heard == null ? 0 : Math.max(0, enough - (System.nanoTime() - heard));
  }

  /** It knows of an alert. */
  void delivered(Waiting entry) {
    long now = System.nanoTime();
    since.values().removeIf(heard -> now - heard >= enough);
    Identity identity = entry.alert().cause().identity();
    switch (entry.alert()) {
      case Firing _ -> {
        if (entry.begins()) {
          since.put(identity, now);
        }
      }
      case Resolved _ -> since.remove(identity);
    }
  }
}
