package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What the lines of a unit must leave to see in the kernel. */
final class Expectations {

  private static final long EVERY_CAPABILITY = (1L << 41) - 1;
  private static final List<String> CAPABILITIES = capabilities();

  private Expectations() {}

  static KernelExpectation of(List<Directive> lines, Extent<String> capabilities, boolean filters) {
    var on = new TreeSet<String>();
    lines.stream().filter(l -> !l.value().equals("no")).forEach(l -> on.add(l.name()));
    var namespaces = new TreeSet<String>();
    if (on.contains("PrivateNetwork") || on.contains("NetworkNamespacePath")) {
      namespaces.add("net");
    }
    if (on.contains("PrivateIPC")) {
      namespaces.add("ipc");
    }
    if (on.contains("ProtectHostname")) {
      namespaces.add("uts");
    }
    if (on.contains("PrivateUsers")) {
      namespaces.add("user");
    }
    if (on.stream().anyMatch(DirectiveNeeds::mounts)) {
      namespaces.add("mnt");
    }
    return new KernelExpectation(
        on.contains("NoNewPrivileges") || on.contains("DynamicUser"),
        filters && on.stream().anyMatch(DirectiveNeeds::filters),
        capabilities.isAll() ? -1 : mask(capabilities),
        on.contains("DynamicUser"),
        namespaces,
        programs(on));
  }

  private static TreeSet<CgroupProgram> programs(Set<String> on) {
    var programs = new TreeSet<CgroupProgram>();
    if (on.contains("IPAddressDeny") || on.contains("IPAddressAllow")) {
      programs.add(CgroupProgram.INGRESS);
      programs.add(CgroupProgram.EGRESS);
    }
    if (on.contains("DevicePolicy")) {
      programs.add(CgroupProgram.DEVICE);
    }
    if (on.contains("SocketBindDeny")) {
      programs.add(CgroupProgram.BIND4);
      programs.add(CgroupProgram.BIND6);
    }
    return programs;
  }

  private static long mask(Extent<String> capabilities) {
    long named = 0;
    for (String name : capabilities.items()) {
      named |= 1L << CAPABILITIES.indexOf(name);
    }
    return capabilities.allBut() ? EVERY_CAPABILITY & ~named : named;
  }

  /** By bit number (capability.h). */
  private static List<String> capabilities() {
    var names = new ArrayList<String>();
    for (String name :
        ("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP"
                + " LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK"
                + " IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN"
                + " SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE"
                + " AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM"
                + " BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE")
            .split(" ", -1)) {
      names.add("CAP_" + name);
    }
    return List.copyOf(names);
  }
}
