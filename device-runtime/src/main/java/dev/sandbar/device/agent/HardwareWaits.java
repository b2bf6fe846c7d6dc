package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * When apps on probation were last seen without their hardware, or failing though they stay: their
 * time begins after that.
 */
final class HardwareWaits {
  private final Duration settle;
  private final Map<AppName, Instant> waited = new HashMap<>();

  /**
   * @param settle how long a new version must stay up before it counts as good
   */
  HardwareWaits(Duration settle) {
    this.settle = settle;
  }

  void waiting(AppName app, Instant now) {
    waited.put(app, now);
  }

  /**
   * Whether its time is not over yet.
   *
   * @param own how long its spec says; zero for what the agent takes for all
   */
  boolean isTooSoon(AppName app, Duration own, Instant now) {
    Instant last = waited.get(app);
    // Of a clock that was set back nothing is known.
    return last != null
        && !now.isBefore(last)
        && now.isBefore(last.plus(own.isZero() ? settle : own));
  }

  void forget(AppName app) {
    waited.remove(app);
  }
}
