package dev.sandbar.core.bundle;

/** Whether a device is decommissioned. */
public enum Decommission {
  /** It stays in service. */
  NONE,
  /** It leaves the fleet; its apps run on. */
  KEEP_APPS,
  /** It leaves the fleet, and its apps are removed first. */
  REMOVE_APPS
}
