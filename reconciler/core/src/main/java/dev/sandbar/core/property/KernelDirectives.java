package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.directive;
import static dev.sandbar.core.property.Syntax.DEVICES;
import static dev.sandbar.core.property.Syntax.ERRNO;
import static dev.sandbar.core.property.Syntax.FLAG;
import static dev.sandbar.core.property.Syntax.OPAQUE;
import static dev.sandbar.core.property.Syntax.SYSCALLS;
import static dev.sandbar.core.property.Syntax.WORD;
import static dev.sandbar.core.property.Syntax.WORDS;

import java.util.List;

/**
 * What the processes of a unit may ask of kernel and devices (systemd.exec(5), Sandboxing and
 * System Call Filtering).
 */
final class KernelDirectives {

  private KernelDirectives() {}

  static final List<DirectiveInfo> ALL =
      List.of(
          directive("NoNewPrivileges", FLAG, "no", 187),
          directive("SystemCallFilter", SYSCALLS, "", 187).needs("SECCOMP"),
          directive("SystemCallErrorNumber", ERRNO, "kill", 209).needs("SECCOMP"),
          directive("SystemCallArchitectures", WORDS, "", 209).needs("SECCOMP"),
          directive("SystemCallLog", SYSCALLS, "", 247).needs("SECCOMP"),
          directive("Personality", WORD, "", 209),
          directive("LockPersonality", FLAG, "no", 235).needs("SECCOMP"),
          directive("MemoryDenyWriteExecute", FLAG, "no", 231).needs("SECCOMP"),
          directive("RestrictRealtime", FLAG, "no", 231).needs("SECCOMP"),
          directive("RestrictSUIDSGID", FLAG, "no", 242).needs("SECCOMP"),
          directive("ProtectKernelTunables", FLAG, "no", 232).needs("MOUNT_NAMESPACE"),
          directive("ProtectKernelModules", FLAG, "no", 232).needs("MOUNT_NAMESPACE"),
          directive("ProtectKernelLogs", FLAG, "no", 244).needs("MOUNT_NAMESPACE"),
          directive("ProtectClock", FLAG, "no", 245).needs("SECCOMP"),
          directive("ProtectHostname", WORD, "no", 242)
              .onBus("ProtectHostnameEx", "ProtectHostname")
              .needs("UTS_NAMESPACE"),
          directive("ProtectControlGroups", WORD, "no", 232)
              .onBus("ProtectControlGroupsEx", "ProtectControlGroups")
              .needs("MOUNT_NAMESPACE"),
          directive("PrivateBPF", WORD, "no", 258).needs("MOUNT_NAMESPACE"),
          directive("PrivateDevices", FLAG, "no", 209).needs("MOUNT_NAMESPACE"),
          directive("DevicePolicy", WORD, "auto", 0).live().needs("CGROUP_BPF_DEVICE"),
          directive("DeviceAllow", DEVICES, "", 208).live().needs("CGROUP_BPF_DEVICE"),
          directive("CoredumpFilter", OPAQUE, VARIES, 246).ordinary(),
          directive("MemoryKSM", FLAG, "no", 254).ordinary());
}
