package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.MountUnit;

/**
 * What hardware means for the steps of a unit.
 *
 * @param starts whether the unit is started by hardware that comes, or by a file system that is
 *     mounted
 * @param isMissing whether some is not there: systemd starts the unit neither now nor later, until
 *     it comes
 */
record HardwareNeed(boolean starts, boolean isMissing) {

  /** A unit that needs none. */
  static final HardwareNeed NONE = new HardwareNeed(false, false);

  static final String BECAUSE = "starts when its hardware is plugged in";

  static HardwareNeed of(CompiledApp app, Observation seen) {
    return new HardwareNeed(
        !app.requiredHardware().isEmpty() || !MountUnit.names(app.spec()).isEmpty(),
        !seen.plugged().missing(app).isEmpty());
  }
}
