package dev.sandbar.core.fleet;

/** Whether a device is reachable. */
public enum Reach {
  /** Never. */
  NEVER,
  /** Lately. */
  REACHABLE,
  /** Not any more. */
  UNREACHABLE
}
