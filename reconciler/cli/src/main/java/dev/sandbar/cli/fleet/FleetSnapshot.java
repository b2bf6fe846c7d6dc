package dev.sandbar.cli.fleet;

import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The fleet as the API server had it at one moment.
 *
 * @param narrowed whether only some apps and devices were asked for, by name
 * @param everywhere whether it holds several namespaces, so that names need theirs
 * @param operatorHeard how long ago an operator last renewed its leadership; negative if there is
 *     no such record
 */
record FleetSnapshot(
    boolean narrowed,
    boolean everywhere,
    List<AppState> apps,
    List<FleetDevice> devices,
    List<FleetSource> sources,
    Duration operatorHeard,
    Instant at) {
  /** An operator renews every few seconds; this is too long for one that lives. */
  private static final Duration SILENT = Duration.ofSeconds(60);

  /** With these a device runs nothing of an app that it runs no earlier version of. */
  private static final Set<String> REFUSALS =
      Set.of(Reason.INVALID_SPEC.text(), Reason.CANNOT_ENFORCE.text(), Reason.POLICY_DENIED.text());

  FleetSnapshot {
    apps = List.copyOf(apps);
    devices = List.copyOf(devices);
    sources = List.copyOf(sources);
  }

  /** Whether an operator was there and is not any more: what it wrote may have stopped holding. */
  boolean operatorSilent() {
    return operatorHeard.compareTo(SILENT) > 0;
  }

  /** Whether what the device says can be taken for what is now. */
  boolean fresh(FleetDevice device) {
    return device.reach() == FleetDevice.Reach.REACHABLE && !operatorSilent();
  }

  /** Names of the apps that the device should run or reports. */
  SortedSet<String> appsOf(FleetDevice device) {
    SortedSet<String> names = device.apps();
    device.status().cannotEnforce().forEach(refused -> names.add(refused.app()));
    apps.stream()
        .filter(app -> app.namespace().equals(device.namespace()) && !device.decommissioned())
        .filter(app -> app.devices().matches(device.labels()))
        .forEach(app -> names.add(app.name()));
    return names;
  }

  /** Why the app is not for this device as it is declared; empty if nothing refuses it. */
  Optional<String> refusal(FleetDevice device, String app) {
    return device.status().cannotEnforce().stream()
        .filter(refused -> refused.app().equals(app))
        .map(refused -> refused.reason() + ": " + refused.message())
        .findFirst()
        .or(
            () ->
                device
                    .reported(app)
                    .flatMap(report -> Standing.find(report.conditions(), "Stalled"))
                    .filter(stalled -> REFUSALS.contains(stalled.reason()))
                    .or(() -> invalid(device, app))
                    .map(Standing::sentence));
  }

  private Optional<StatusCondition> invalid(FleetDevice device, String app) {
    return apps.stream()
        .filter(it -> it.namespace().equals(device.namespace()) && it.name().equals(app))
        .flatMap(it -> Standing.find(it.status().conditions(), "Stalled").stream())
        .filter(stalled -> Reason.INVALID_SPEC.text().equals(stalled.reason()))
        .findFirst();
  }

  /** The same with other devices. */
  FleetSnapshot with(List<FleetDevice> others) {
    return new FleetSnapshot(narrowed, everywhere, apps, others, sources, operatorHeard, at);
  }

  /** How an object is called in the output. */
  String shown(String namespace, String name) {
    return everywhere ? namespace + "/" + name : name;
  }

  /** What limits everything that is read from this. */
  List<String> notes() {
    var notes = new ArrayList<String>();
    if (operatorSilent()) {
      notes.add(
          "the operator was last seen "
              + Ages.text(operatorHeard)
              + " ago (or this machine's clock is wrong): nothing checks which devices are"
              + " reachable, so all of this dates from then");
    }
    return notes;
  }

  /**
   * Only what concerns these names of apps or devices.
   *
   * @throws FleetException if nothing has such a name
   */
  FleetSnapshot only(List<String> names) {
    if (names.isEmpty()) {
      return this;
    }
    var known = new TreeSet<String>();
    apps.forEach(app -> known.add(app.name()));
    devices.forEach(device -> known.add(device.name()));
    for (String name : names) {
      if (!known.contains(name)) {
        throw new FleetException(
            "there is no app and no device " + name + (everywhere ? "" : " in this namespace"),
            "List them: sandbar fleet status" + (everywhere ? "" : " -A"));
      }
    }
    return new FleetSnapshot(
        true,
        everywhere,
        apps.stream().filter(app -> names.contains(app.name())).toList(),
        devices.stream().filter(device -> names.contains(device.name())).toList(),
        List.of(),
        operatorHeard,
        at);
  }
}
