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
 * @param standing how the device's identity stands
 * @param timing how patient it is with the server
 * @param use how much it uses its link while nothing happens
 */
public record FleetLink(
    KubeApi api,
    FleetAddress address,
    String version,
    Standing standing,
    BundleFollower.Timing timing,
    LinkUse use) {

  /** The identity of the device, as far as the agent has to do with it. */
  @FunctionalInterface
  public interface Standing {
    /**
     * Makes the device a stranger to the fleet: takes keys, certificates and tokens off the disk.
     *
     * @throws IOException if some are still there
     */
    void wipe() throws IOException;

    /** The server has just refused the identity. Returns at once. */
    default void refused() {}

    /** Whether the credential is on the disk only encrypted to the TPM2. */
    default boolean isEncrypted() {
      return false;
    }

    /** What is wrong with the identity, and what to do; empty if nothing is known to be. */
    default String problem() {
      return "";
    }
  }
}
