package dev.sandbar.core.fleet;

/** Whether a device is reachable. */
public enum Reach {
  /** It has not been let in yet. */
  UNAPPROVED,
  /** It has been let in, and has never reported. */
  NEVER,
  /** Lately. */
  REACHABLE,
  /** Not any more. */
  UNREACHABLE;

  /** Whether it has never reported, which is not to have stopped. */
  public boolean isUnheard() {
    return this == UNAPPROVED || this == NEVER;
  }

  /**
   * What a person does about a device that has not been let in.
   *
   * @param device its name
   */
  static String approval(String device) {
    return "compare its key, and run sandbar fleet approve " + device;
  }
}
