package dev.sandbar.operator.enrol;

/** What is to become of a request. */
sealed interface Decision {

  /** It is not about a device. */
  record NotOurs() implements Decision {}

  /** It keeps the rules, and needs nobody's word. */
  record Approve(DeviceUser device, String reason, String message) implements Decision {}

  /** It keeps the rules; an owner must consent. */
  record Leave(DeviceUser device) implements Decision {}

  /** It breaks a rule. */
  record Deny(String message) implements Decision {}
}
