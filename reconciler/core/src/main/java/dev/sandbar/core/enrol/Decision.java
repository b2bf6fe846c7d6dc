package dev.sandbar.core.enrol;

/** What is to become of a request. */
public sealed interface Decision {

  /** It is not about a device. */
  record NotOurs() implements Decision {}

  /** A device renews its own certificate. */
  record Renewal(DeviceUser device) implements Decision {}

  /**
   * A device enrols with the key that its Device was made with.
   *
   * @param consented whether the token lets devices in without an owner's consent
   */
  record Enrolment(DeviceUser device, boolean consented) implements Decision {}

  /** It breaks a rule. */
  record Denial(String message) implements Decision {}
}
