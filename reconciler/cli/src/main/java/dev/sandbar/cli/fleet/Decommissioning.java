package dev.sandbar.cli.fleet;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceBundle;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** The end of a device's service. */
final class Decommissioning {
  private static final String FORGOTTEN = "the operator then deletes the Device";

  private final FleetConnection connection;
  private final Consumer<String> progress;

  Decommissioning(FleetConnection connection, Consumer<String> progress) {
    this.connection = connection;
    this.progress = progress;
  }

  /**
   * Ends it.
   *
   * @param removeApps whether the device also removes what it runs
   * @param limit how long to wait for the device; zero: do not wait
   */
  Done end(String name, boolean removeApps, Duration limit) {
    Device found = connection.get(Device.class, name);
    FleetDevice device = Fetch.state(found, null);
    // With its UID: not another Device that has got the name since.
    connection.patch(
        Device.class,
        name,
        "{\"metadata\":{\"uid\":\"%s\"},\"spec\":{\"decommission\":{\"removeApps\":%s}}}"
            .formatted(found.getMetadata().getUid(), removeApps));
    String object = "device/" + name;
    boolean heard = device.reach() == FleetDevice.Reach.REACHABLE;
    if (limit.isZero()) {
      return Done.of(
          true,
          "decommission",
          object,
          object
              + (heard
                  ? " goes out of service when it next connects; "
                  : " is unreachable: it goes out of service when it reconnects; ")
              + FORGOTTEN);
    }
    progress.accept("waiting for " + object + " to end its service");
    Optional<Boolean> ended =
        ObjectWait.answer(limit, () -> Optional.of(ended(name)).filter(done -> done));
    return ended.isPresent()
        ? Done.of(
            true,
            "decommission",
            object,
            object
                + " has ended its service"
                + (removeApps ? " and removed its apps; " : "; its apps run on; ")
                + FORGOTTEN)
        : Done.of(
            false,
            "decommission",
            object,
            object
                + " has not ended its service within "
                + Ages.text(limit)
                + "; the request stays, and takes effect when the device connects");
  }

  /** The device says so, or the operator has heard it and deleted the Device already. */
  private boolean ended(String name) {
    boolean said =
        connection
            .find(DeviceBundle.class, name)
            .map(DeviceBundle::getStatus)
            .map(status -> Boolean.TRUE.equals(status.decommissioned()))
            .orElse(false);
    return said || connection.find(Device.class, name).isEmpty();
  }
}
