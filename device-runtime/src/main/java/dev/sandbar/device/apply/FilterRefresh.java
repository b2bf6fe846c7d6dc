package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.Systemd;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has systemd put the filters on ports back that it lost when somebody reloaded it: a fault of
 * systemd 257 and nobody's drift.
 */
final class FilterRefresh {
  private static final Logger LOG = LoggerFactory.getLogger(FilterRefresh.class);

  /** A device that is reloaded all the time shows its filters only now and then. */
  private static final int MOST = 20;

  /** Where systemd does not say when it was reloaded. */
  private static final int UNKNOWN = 3;

  private final Systemd systemd;

  FilterRefresh(Systemd systemd) {
    this.systemd = systemd;
  }

  /**
   * What is there once they are back. What is missing still, though nobody has reloaded systemd
   * since, is missing for another reason.
   *
   * @param first look
   * @param lacking the units whose filters a look finds missing
   */
  <T> T restored(T first, Function<T, Set<UnitName>> lacking, Supplier<T> look) {
    T seen = first;
    Set<UnitName> lost = lacking.apply(seen);
    for (int tries = 1; !lost.isEmpty() && tries <= MOST; tries++) {
      LOG.info("action=refresh-filters systemd lost filters on ports, as a reload makes 257 do");
      String loaded = systemd.lastLoaded();
      systemd.refreshFilters(lost);
      seen = look.get();
      lost = lacking.apply(seen);
      boolean same = systemd.lastLoaded().equals(loaded);
      if (same && (!loaded.isEmpty() || tries >= UNKNOWN)) {
        break;
      }
    }
    return seen;
  }
}
