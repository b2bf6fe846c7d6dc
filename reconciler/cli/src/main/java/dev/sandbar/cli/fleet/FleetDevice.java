package dev.sandbar.cli.fleet;

import dev.sandbar.crds.v1alpha1.DeviceBundleSpec;
import dev.sandbar.crds.v1alpha1.DeviceBundleStatus;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One device of the fleet.
 *
 * @param status without the tables of system calls
 * @param bundleGeneration of its bundle; 0 if it has none, or none was asked for
 * @param bundle what it must run, by name
 * @param report what it says that it runs
 */
record FleetDevice(
    String namespace,
    String name,
    Map<String, String> labels,
    DeviceSpec spec,
    DeviceStatus status,
    long bundleGeneration,
    Map<String, DeviceBundleSpec.App> bundle,
    DeviceBundleStatus report) {

  static final DeviceBundleStatus NO_REPORT =
      new DeviceBundleStatus(null, null, null, Map.of(), List.of(), null, null);

  FleetDevice {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    bundle = Map.copyOf(bundle);
  }

  /** Whether a device of the fleet is reachable. */
  enum Reach {
    /** Its heartbeat is fresh, by the operator's clock. */
    REACHABLE,
    /** Its heartbeat has stopped. */
    UNREACHABLE,
    /** The operator has said nothing of it yet. */
    NEVER_HEARD
  }

  /** Whether it is reachable, as the operator has it. */
  Reach reach() {
    return Standing.reach(status.conditions());
  }

  /** Names of the apps that it must run or says that it runs. */
  SortedSet<String> apps() {
    var names = new TreeSet<>(bundle.keySet());
    names.addAll(report.apps().keySet());
    return names;
  }

  /** What it must run of an app; empty if it must not. */
  Optional<DeviceBundleSpec.App> declared(String app) {
    return Optional.ofNullable(bundle.get(app));
  }

  /** What it says of an app; empty if it says nothing. */
  Optional<DeviceBundleStatus.App> reported(String app) {
    return Optional.ofNullable(report.apps().get(app));
  }

  /** Whether the owner has ended its service. */
  boolean decommissioned() {
    return spec.decommission() != null;
  }

  /** How urgent it is: 0 is as declared. */
  int urgency() {
    if (Standing.isTrue(status.conditions(), "Drifted")) {
      return 3;
    }
    boolean refused = !status.cannotEnforce().isEmpty();
    return switch (reach()) {
      case UNREACHABLE -> 2;
      case NEVER_HEARD -> 1;
      case REACHABLE ->
          refused || Standing.status(status.conditions(), "Ready").equals("False")
              ? 2
              : Standing.status(status.conditions(), "Ready").equals("True")
                      && !Standing.isDegraded(status.conditions())
                  ? 0
                  : 1;
    };
  }
}
