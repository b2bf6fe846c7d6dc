package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.Permission;
import java.util.List;

/**
 * What no permission can open: identity, kernel settings and the like, and what /proc shows. Closed
 * mode has all of it, open mode what {@code directives} names.
 */
final class ConfinementLines {

  private static final String USER_NAMESPACE = "PrivateUsers";

  private static final String REALTIME = "RestrictRealtime";

  private static final List<String> ON =
      List.of(
          "DynamicUser",
          USER_NAMESPACE,
          "NoNewPrivileges",
          "PrivateMounts",
          "RestrictSUIDSGID",
          "RemoveIPC",
          "ProtectKernelTunables",
          "ProtectKernelModules",
          "ProtectKernelLogs",
          "ProtectClock",
          "ProtectHostname",
          "LockPersonality",
          REALTIME,
          "PrivateIPC");

  private ConfinementLines() {}

  static void write(
      Draft draft,
      DeviceFacts facts,
      DirectiveOverrides overrides,
      Membership membership,
      Resolution why) {
    boolean recent = facts.systemdVersion() >= 257;
    for (String name : ON) {
      if (!isGranted(name, why.sandbox().kernel())) {
        draft.yes(name, Draft.DEFAULT);
      }
    }
    // What an app makes in a volume is for the other apps that were granted it, and to connect to
    // a socket takes the right to write it.
    boolean accepts = !why.sandbox().peers().clients().isNone();
    draft.service(
        "UMask",
        EscapedText.words(membership.shares() || accepts ? "0007" : "0077"),
        membership.shares()
            ? membership.because()
            : accepts ? Permission.ACCEPT_FROM.key() : Draft.DEFAULT);
    text(draft, "SecureBits", "noroot-locked");
    text(draft, "KeyringMode", "private");
    if (!draft.has("NotifyAccess")) {
      text(draft, "NotifyAccess", "none");
    }
    text(draft, "Delegate", "no");
    text(draft, "ProtectSystem", "strict");
    text(draft, "ProtectHome", "yes");
    ProcLines.write(draft, why.sandbox().proc(), why);
    // The two stronger words are ignored, which means off, by systemd below 257.
    text(draft, "PrivateTmp", recent ? "disconnected" : "yes");
    text(draft, "ProtectControlGroups", recent ? "strict" : "yes");
    if (!overrides.settings().containsKey("LimitCORE")) {
      text(draft, "LimitCORE", "0");
    }
    if (!overrides.settings().containsKey("TasksMax")) {
      text(draft, "TasksMax", "256");
    }
  }

  /** Whether a permission goes through this wall. */
  private static boolean isGranted(String name, Sandbox.Kernel kernel) {
    return switch (name) {
      // A capability of a user namespace opens nothing of the device (user_namespaces(7)).
      case USER_NAMESPACE -> kernel.isPrivileged();
      case REALTIME -> kernel.realtime();
      default -> false;
    };
  }

  private static void text(Draft draft, String name, String value) {
    draft.service(name, EscapedText.words(value), Draft.DEFAULT);
  }
}
