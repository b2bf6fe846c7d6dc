package dev.sandbar.operator.publish;

import dev.sandbar.core.enrol.DeviceAnnotations;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.HoldReader;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a Device says: of one without a spec, or without a status, as much as of an empty one. */
public final class DeviceFields {
  private static final DeviceSpec NO_SPEC = new DeviceSpec(null, null, null, null, null, null);
  private static final DeviceStatus NO_STATUS =
      new DeviceStatus(null, null, List.of(), null, List.of(), null, null);

  private DeviceFields() {}

  /** Its spec. */
  public static DeviceSpec spec(Device device) {
    return Optional.ofNullable(device.getSpec()).orElse(NO_SPEC);
  }

  /** Its status. */
  public static DeviceStatus status(Device device) {
    return Optional.ofNullable(device.getStatus()).orElse(NO_STATUS);
  }

  /** How it proves who it is. */
  public static Optional<DeviceSpec.Identity> identity(Device device) {
    return Optional.ofNullable(spec(device).identity());
  }

  /** Whether it proves who it is by a ServiceAccount. */
  public static boolean isAccount(Device device) {
    return identity(device)
        .filter(it -> it.type() == DeviceSpec.Identity.Type.ServiceAccount)
        .isPresent();
  }

  /** How it is to leave; empty if it stays. */
  public static Optional<DeviceSpec.Decommission> decommission(Device device) {
    return Optional.ofNullable(spec(device).decommission());
  }

  /** Whether its owner has its bundle left as it is. */
  public static boolean isSuspended(Device device) {
    return Boolean.TRUE.equals(spec(device).suspend());
  }

  /** Whether its owner has all its apps stay at the versions that run. */
  public static HoldSpec hold(Device device) {
    return Optional.ofNullable(spec(device).hold())
        .map(
            hold ->
                HoldReader.of(ObjectFields.text(hold.reason()), ObjectFields.text(hold.until())))
        .orElse(HoldSpec.NONE);
  }

  /** The values that its owner gives to variables of apps, by their names. */
  public static Map<String, String> variables(Device device) {
    return Optional.ofNullable(spec(device).variables()).orElse(Map.of());
  }

  /** What it has reported that its secrets are sealed to; empty if that is nothing of this form. */
  public static String recipient(Device device) {
    return facts(device)
        .map(it -> ObjectFields.text(it.recipient()))
        .filter(it -> it.matches(AppSecret.RECIPIENTS))
        .orElse("");
  }

  /**
   * What its owner has approved, or the operator first recorded, that its secrets are sealed to;
   * empty if nothing is recorded yet. It is the owner's to write, so that it may be no recipient.
   */
  public static String approvedRecipient(Device device) {
    return ObjectFields.annotation(device, DeviceAnnotations.RECIPIENT);
  }

  /** What it has reported that it is and can do. */
  public static Optional<DeviceStatus.Facts> facts(Device device) {
    return Optional.ofNullable(status(device).facts());
  }
}
