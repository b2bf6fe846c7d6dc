package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdException;
import java.util.List;

/** The links that start units at boot. */
final class Links {
  private final Systemd systemd;
  private final UnitDirectories directories;
  private final PlanTally tally;

  Links(Machine machine, PlanTally tally) {
    this.systemd = machine.systemd();
    this.directories = machine.units();
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
    List<UnitName> masked = units.stream().filter(directories::mayBeMasked).toList();
    if (!masked.isEmpty()) {
      systemd.unmask(masked);
    }
    systemd.enable(units);
  }
}
