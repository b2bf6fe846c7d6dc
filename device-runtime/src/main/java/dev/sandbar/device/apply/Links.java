package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdException;
import java.util.List;

/** The links that start units at boot. */
final class Links {
  private final Systemd systemd;
  private final PlanTally tally;

  Links(Systemd systemd, PlanTally tally) {
    this.systemd = systemd;
    this.tally = tally;
  }

  /** Makes them with one call; where that fails, each alone. */
  void make(List<UnitName> units) {
    if (units.isEmpty()) {
      return;
    }
    try {
      link(units);
    } catch (SystemdException e) {
      // systemd does not say whose fault it was.
      units.forEach(this::alone);
    }
  }

  private void alone(UnitName unit) {
    try {
      link(List.of(unit));
    } catch (SystemdException e) {
      tally.fail(unit, "enable", String.valueOf(e.getMessage()));
    }
  }

  private void link(List<UnitName> units) {
    systemd.unmask(units);
    systemd.enable(units);
  }
}
