package dev.sandbar.device.fetch;

/** Whether an image may be used as the policy of the device wants images to be signed. */
public sealed interface SignatureVerdict {

  /** It may: the policy wants none of it, or one of its keys has signed it. */
  record Good() implements SignatureVerdict {}

  /**
   * It may not.
   *
   * @param why what was looked for and what was found, for people
   * @param help what to do
   */
  record Bad(String why, String help) implements SignatureVerdict {}
}
