package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
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

  /**
   * Removes those of a unit; systemd refuses that once the unit has no file, as when somebody has
   * removed it, and then the link is all that is left.
   */
  static void remove(Machine machine, UnitName unit) throws IOException {
    try {
      machine.systemd().disable(unit);
    } catch (SystemdException e) {
      if (e.kind() != SystemdException.Kind.NO_SUCH_UNIT) {
        throw e;
      }
      machine.files().remove(machine.units().link(unit, UnitName.TARGET));
    }
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
