package dev.sandbar.e2e;

import static dev.sandbar.e2e.AttemptSets.PRIVILEGE;

import java.util.List;

/** Apps that open walls by {@code raw}, and what the probe must find of each. */
final class RawRows {

  private RawRows() {}

  static List<PermissionRows.Row> of() {
    return List.of(
        PermissionRows.image(
            "raw-calls", raw(entry("SystemCallFilter", "modify_ldt")), "modify-ldt"),
        // Every other wall of the permission nestedSandbox stands.
        PermissionRows.host("raw-mount", raw(entry("SystemCallFilter", "[\"@mount\"]")), ""),
        PermissionRows.image(
            "raw-families",
            // The call filter still refuses to bind one of vsock.
            raw(entry("RestrictAddressFamilies", "AF_UNIX AF_VSOCK")),
            "socket-unix"),
        PermissionRows.host(
            "raw-personality",
            raw(entry("LockPersonality", "no")),
            "personality-no-random personality-read-exec"),
        PermissionRows.image(
            "raw-namespaces",
            raw(entry("RestrictNamespaces", "[user]")),
            "unshare-user clone-user"),
        PermissionRows.host(
            "raw-switches",
            raw(
                entry("ProtectClock", "no"),
                entry("ProtectHostname", "no"),
                entry("ProtectKernelLogs", "no"),
                entry("ProtectKernelModules", "no"),
                entry("ProtectKernelTunables", "no"),
                entry("ProtectControlGroups", "no"),
                entry("PrivateIPC", "no"),
                entry("PrivateNetwork", "no"),
                entry("PrivateDevices", "no"),
                entry("ProtectHome", "read-only"),
                entry("RestrictRealtime", "no")),
            "read-home"),
        PermissionRows.host(
            "raw-rights",
            raw(
                entry("AmbientCapabilities", "CAP_NET_RAW"),
                entry("CapabilityBoundingSet", "CAP_NET_RAW"),
                entry("PrivateUsers", "no"),
                entry("RestrictAddressFamilies", "AF_PACKET")),
            PRIVILEGE + "ambient-raise packet-send socket-packet"));
  }

  private static String raw(String... entries) {
    return "raw:\n  - " + String.join("\n  - ", entries);
  }

  private static String entry(String directive, String value) {
    return "{directive: %s, value: %s, reason: the matrix of attempts asks for it}"
        .formatted(directive, value);
  }
}
