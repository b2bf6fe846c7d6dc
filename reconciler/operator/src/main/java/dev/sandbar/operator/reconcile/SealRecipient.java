package dev.sandbar.operator.reconcile;

import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.operator.publish.DeviceFields;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeRecipient;
import java.util.Optional;

/**
 * What secrets for a device may be sealed to. Whoever has the certificate of a device can report
 * any recipient in its name, so a report alone decides only once: the first is recorded where a
 * device cannot write, and from then on only the owner changes it.
 *
 * @param reported by the device; empty if it reports none
 * @param approved recorded for it; empty if nothing is yet
 */
record SealRecipient(String reported, String approved) {

  /** That of a device. */
  static SealRecipient of(Device device) {
    return new SealRecipient(
        DeviceFields.recipient(device), DeviceFields.approvedRecipient(device));
  }

  /** The first one that the device has reported and that has to be recorded; empty if none has. */
  Optional<String> first() {
    return approved.isEmpty() && isKey(reported) ? Optional.of(reported) : Optional.empty();
  }

  /** Whether the device reports another one than is approved. */
  boolean changed() {
    return !approved.isEmpty() && !reported.isEmpty() && !reported.equals(approved);
  }

  /**
   * The recipient.
   *
   * @throws AgeException if there is none, or it waits for the owner
   */
  AgeRecipient current() throws AgeException {
    return AgeRecipient.of(reported.equals(approved) ? reported : "");
  }

  /** Why nothing is sealed to what the device reports; empty if that is not so. */
  String complaint() {
    return changed()
        ? "the device reports another recipient of its secrets than the approved one; nothing is"
            + " sealed to it until its owner approves it with sandbar fleet approve"
        : "";
  }

  /** Why there is no recipient. */
  String problem() {
    return changed()
        ? "the device reports another recipient than the one that is approved for its secrets"
        : reported.isEmpty()
            ? "the device has reported no recipient, to which its secrets could be sealed"
            : "the recipient that the device has reported is no key of age";
  }

  /** What to do about that. */
  String help() {
    return changed()
        ? "compare it with what 'sandbar secret recipient' prints on the device, then approve it:"
            + " sandbar fleet approve DEVICE"
        : "see why in the log of its agent (action=recipient); it tries again every ten minutes";
  }

  private static boolean isKey(String text) {
    try {
      var _ = AgeRecipient.of(text);
      return true;
    } catch (AgeException e) {
      return false;
    }
  }
}
