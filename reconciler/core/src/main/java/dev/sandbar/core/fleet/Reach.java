package dev.sandbar.core.fleet;

/** Whether a device has been heard of lately. */
public enum Reach {
  /** Never. */
  NEVER,
  /** Lately. */
  REACHABLE,
  /** Not any more. */
  UNREACHABLE
}
