package dev.sandbar.device.agent;

import java.util.List;

/**
 * What a version grants.
 *
 * @param known whether that could be read
 * @param permissions {@link dev.sandbar.core.bundle.Granted}
 */
record Grants(boolean known, List<String> permissions) {

  /** Of what is not on the device. */
  static final Grants NONE = new Grants(true, List.of());

  /** Of what cannot be read. */
  static final Grants UNKNOWN = new Grants(false, List.of());

  Grants {
    permissions = List.copyOf(permissions);
  }
}
