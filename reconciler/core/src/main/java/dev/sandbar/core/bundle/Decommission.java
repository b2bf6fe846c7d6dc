package dev.sandbar.core.bundle;

/** Whether a device shall end its service. */
public enum Decommission {
  /** It goes on. */
  NONE,
  /** It leaves the fleet; its apps run on. */
  KEEP_APPS,
  /** It leaves the fleet, and its apps are removed first. */
  REMOVE_APPS
}
