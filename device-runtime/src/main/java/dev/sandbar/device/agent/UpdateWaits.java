package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The updates that wait, and since when. */
final class UpdateWaits {
  private static final Logger LOG = LoggerFactory.getLogger(UpdateWaits.class);

  /**
   * Why a new version is not applied.
   *
   * @param message for people
   * @param until when to decide again; {@link Instant#MAX} if no time is known
   */
  record Wait(Reason reason, String message, Instant until) {}

  private final SortedMap<AppName, Wait> waits = new TreeMap<>();
  private final WaitBegins since;
  private final WaitBegins busySince;
  private boolean clockIsSet;

  UpdateWaits(StateStore store) throws IOException {
    this.since = new WaitBegins(store, "waiting-updates");
    this.busySince = new WaitBegins(store, "busy-apps");
  }

  /** Since when an update of the app waits; {@code now} if none does. */
  Instant since(AppName name, Instant now) {
    return since.get(name, now);
  }

  /**
   * Since when the update of the app waits because the app is busy; {@code now} if none does, and
   * never later. A clock that is not set serves as well, for the time since is all that counts.
   */
  Instant busySince(AppName name, Instant now) {
    busySince.limit(name, now);
    return busySince.get(name, now);
  }

  /** Whether the clock that times of waits are read on can be believed from now on. */
  void clock(boolean isSet) {
    clockIsSet = isSet;
  }

  /** The update of the app waits. By a clock that is not set it does so since nobody knows when. */
  void keep(AppName name, Wait wait, Instant now) {
    Wait before = waits.put(name, wait);
    if (before == null || before.reason() != wait.reason()) {
      LOG.info("app={} action=wait reason={} {}", name, wait.reason().text(), wait.message());
    }
    if (wait.reason() == Reason.WAITING_FOR_APP) {
      busySince.begin(name, now);
    }
    if (clockIsSet) {
      since.begin(name, now);
    }
  }

  /** No update of the app waits. */
  void end(AppName name) {
    waits.remove(name);
    since.end(name);
    busySince.end(name);
  }

  SortedMap<AppName, Wait> all() {
    return Collections.unmodifiableSortedMap(waits);
  }

  /** The clock was set by so much: what waits has waited as long as before. */
  void shift(Duration step) {
    busySince.shift(step);
    if (clockIsSet) { // Else what began did so by another clock.
      since.shift(step);
    }
  }
}
