package dev.sandbar.core.enrol;

/** Annotations of a Device that say who may have what: none of them is the device's to change. */
public final class DeviceAnnotations {
  /**
   * What its secrets are sealed to: the first recipient that it reported, or the one that its owner
   * approved since. A device cannot write it; what it reports is only compared with it.
   */
  public static final String RECIPIENT = "sandbar.dev/recipient";

  /**
   * The labels that {@code sandbar enrol} asked for, as {@link DeviceLabels#text}. They select
   * nothing until the owner gives them to the Device.
   */
  public static final String REQUESTED_LABELS = "sandbar.dev/requestedLabels";

  private DeviceAnnotations() {}
}
