package dev.sandbar.device.agent;

import dev.sandbar.device.fleet.BundleFollower;
import dev.sandbar.device.fleet.FleetAddress;
import dev.sandbar.device.fleet.LinkUse;
import dev.sandbar.device.kube.KubeApi;
import java.io.IOException;

/**
 * A device's membership of a fleet.
 *
 * @param api the API server, asked with the device's own identity
 * @param version of this agent, for the facts
 * @param wipe takes the device's identity off the disk, at the end of its service
 * @param timing how patient it is with the server
 * @param use how much it uses its link while nothing happens
 */
public record FleetLink(
    KubeApi api,
    FleetAddress address,
    String version,
    Wipe wipe,
    BundleFollower.Timing timing,
    LinkUse use) {

  /** Makes the device a stranger to the fleet. */
  @FunctionalInterface
  public interface Wipe {
    /**
     * Takes keys, certificates and tokens off the disk.
     *
     * @throws IOException if some are still there
     */
    void run() throws IOException;
  }
}
