package dev.sandbar.cli.fleet;

import dev.sandbar.core.model.Selector;
import dev.sandbar.crds.v1alpha1.AppSandboxStatus;

/**
 * One app of the fleet.
 *
 * @param devices which run it, as the operator reads it
 * @param revision of its source; empty if it has none
 * @param unit the service of the device that it confines; empty for a unit of its own
 * @param suspended whether its spec has devices leave it as it is
 * @param source the GitSource that it comes from; empty if it was applied by hand
 */
record AppState(
    String namespace,
    String name,
    long generation,
    Selector devices,
    String revision,
    String source,
    String unit,
    boolean suspended,
    AppSandboxStatus status) {

  private static final AppSandboxStatus.Devices NONE =
      new AppSandboxStatus.Devices(0, 0, 0, 0, 0, 0);

  /** How many devices run it, and how. */
  AppSandboxStatus.Devices counts() {
    AppSandboxStatus.Devices counts = status.devices();
    return counts == null ? NONE : counts;
  }

  /** Whether the operator has seen this generation. */
  boolean observed() {
    Long seen = status.observedGeneration();
    return seen != null && seen == generation;
  }

  /** How urgent it is: 0 is as declared. */
  int urgency() {
    var devices = counts();
    boolean refused =
        Standing.isTrue(status.conditions(), "Stalled")
            || Standing.status(status.conditions(), "Ready").equals("False");
    if (devices.drifted() > 0 || Standing.isTrue(status.conditions(), "Drifted")) {
      return 3;
    }
    if (refused || devices.cannotEnforce() > 0) {
      return 2;
    }
    boolean open =
        !observed()
            || Standing.isDegraded(status.conditions())
            || devices.ready() < devices.desired()
            || !Standing.status(status.conditions(), "Ready").equals("True");
    return open ? 1 : 0;
  }
}
