package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.control;
import static dev.sandbar.core.property.DirectiveInfo.exec;
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
          exec("NoNewPrivileges", FLAG, "no", 187)
              .shows(Evidence.NO_NEW_PRIVILEGES)
              .toggle()
              .means("Programs that the app starts gain no privileges from setuid."),
          exec("SystemCallFilter", SYSCALLS, "", 187)
              .needs("SECCOMP")
              .shows(Evidence.SECCOMP_FILTER)
              .list()
              .means("The system calls that work, by name or @group; ~ takes some away again."),
          exec("SystemCallErrorNumber", ERRNO, "kill", 209)
              .needs("SECCOMP")
              .shows(Evidence.SECCOMP_FILTER)
              .instead("calls that are refused return EPERM")
              .openly(SettingText.CALL_ERROR)
              .means("What a system call that is filtered returns, instead of killing the app."),
          exec("SystemCallArchitectures", WORDS, "", 209)
              .needs("SECCOMP")
              .shows(Evidence.SECCOMP_FILTER)
              .instead("withhold a permission: each that is withheld brings it")
              .openly(SettingText.NATIVE)
              .means(
                  "Which architectures' system calls work; native blocks those of 32-bit"
                      + " programs."),
          exec("SystemCallLog", SYSCALLS, "", 247)
              .needs("SECCOMP")
              .instead("sandbar why names what an app lacks")
              .means("System calls that are logged."),
          exec("Personality", WORD, "", 209)
              .empty(EmptyAssignment.RESETS)
              .instead("it is the one of the device")
              .means("Which machine uname(2) reports; 32-bit on a 64-bit kernel, for example."),
          exec("LockPersonality", FLAG, "no", 235)
              .needs("SECCOMP")
              .shows(Evidence.SECCOMP_FILTER)
              .toggle()
              .means("Stops switching the kernel's execution domain, which has led to exploits."),
          // From kernel 6.3 on newer systemds hold it with prctl(2) and without a filter.
          exec("MemoryDenyWriteExecute", FLAG, "no", 231)
              .needs("SECCOMP")
              .toggle("ask for permissions.jit")
              .shows(Evidence.EXECUTION_FILTER)
              .means(
                  "Stops memory from being both writable and executable, which injected code"
                      + " needs."),
          exec("RestrictRealtime", FLAG, "no", 231)
              .needs("SECCOMP")
              .shows(Evidence.SECCOMP_FILTER)
              .toggle()
              .means("Stops real-time scheduling, which could starve everything else."),
          exec("RestrictSUIDSGID", FLAG, "no", 242)
              .needs("SECCOMP")
              .shows(Evidence.SECCOMP_FILTER)
              .toggle()
              .means("Stops making files setuid or setgid."),
          exec("ProtectKernelTunables", FLAG, "no", 232)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.SECCOMP_FILTER, Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .toggle()
              .means("Stops writing to /proc/sys, /sys and similar."),
          exec("ProtectKernelModules", FLAG, "no", 232)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.SECCOMP_FILTER, Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .toggle()
              .means("Stops loading and unloading kernel modules."),
          exec("ProtectKernelLogs", FLAG, "no", 244)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.SECCOMP_FILTER, Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .toggle()
              .means("Stops reading and writing the kernel log."),
          exec("ProtectClock", FLAG, "no", 245)
              .needs("SECCOMP")
              .shows(Evidence.SECCOMP_FILTER)
              .toggle()
              .means("Stops changing the clock."),
          exec("ProtectHostname", WORD, "no", 242)
              .steps("no", "private", "yes")
              .onBus("ProtectHostnameEx", "ProtectHostname")
              .needs("UTS_NAMESPACE")
              .shows(Evidence.SECCOMP_FILTER, Evidence.UTS_NAMESPACE)
              .toggle()
              .means("Stops changing the host name."),
          exec("ProtectControlGroups", WORD, "no", 232)
              .onBus("ProtectControlGroupsEx", "ProtectControlGroups")
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .ladder(Rungs.CGROUPS)
              .means("Stops changing control groups."),
          exec("PrivateBPF", WORD, "no", 258)
              .needs("MOUNT_NAMESPACE")
              .instead("no app may use BPF")
              .means("Gives the unit a private BPF file system."),
          exec("PrivateDevices", FLAG, "no", 209)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.SECCOMP_FILTER, Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .toggle("ask for permissions.devices or permissions.serial")
              .means("Gives the app a private /dev without hardware devices."),
          control("DevicePolicy", WORD, "auto", 0)
              .steps("auto", "closed", "strict")
              .live()
              .needs("CGROUP_BPF_DEVICE")
              .shows(Evidence.DEVICE_FILTER)
              .inherited()
              .instead("withhold permissions.devices")
              .openly(SettingText.DEVICE_POLICY)
              .means(
                  "Whether device nodes that are not listed may be opened; closed leaves only"
                      + " harmless ones such as /dev/null."),
          control("DeviceAllow", DEVICES, "", 208)
              .live()
              .needs("CGROUP_BPF_DEVICE")
              .shows(Evidence.DEVICE_FILTER)
              .inherited()
              .instead("ask for permissions.devices or permissions.serial")
              .means("Device nodes that the app may open."),
          exec("CoredumpFilter", OPAQUE, VARIES, 246)
              .ordinary()
              .instead("write LimitCORE=0: no app in closed mode dumps its memory")
              .means("Which kinds of memory a core dump contains."),
          exec("MemoryKSM", FLAG, "no", 254)
              .empty(EmptyAssignment.RESETS)
              .ordinary()
              .instead("by merged pages an app can tell what is in the memory of another")
              .means("Whether the kernel may merge equal pages of memory."));
}
