package dev.sandbar.core.fleet;

/** What the operator makes of one app for one device. */
public sealed interface Intent {

  /**
   * It stands in the device's bundle as declared.
   *
   * @param generation of the AppSandbox
   */
  record Published(long generation) implements Intent {}

  /**
   * The app no longer selects the device, and stays there as it is.
   *
   * @param held whether it stays until somebody consents; otherwise until it is known how many
   *     devices lose it
   */
  record Withdrawn(boolean held) implements Intent {}

  /** It waits for something that is not wrong; what ran before keeps running. */
  record Waiting(String message) implements Intent {}

  /**
   * The device would not enforce it, or its bundle has no room for it; what ran before keeps
   * running.
   *
   * @param reason as in a condition
   */
  record Refused(String reason, String message, String help) implements Intent {}
}
