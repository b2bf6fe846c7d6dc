package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Evidence;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What the lines of a unit must leave to see in the kernel. */
final class Expectations {

  private static final long EVERY_CAPABILITY = (1L << 41) - 1;
  private static final List<String> CAPABILITIES = capabilities();

  private Expectations() {}

  static KernelExpectation of(List<Directive> lines, Extent<String> capabilities, boolean filters) {
    var shown = new TreeSet<Evidence>();
    lines.stream()
        .filter(line -> !line.value().equals("no"))
        .flatMap(line -> DirectiveTable.find(line.name()).stream())
        .forEach(directive -> shown.addAll(directive.hold().evidence()));
    var programs = EnumSet.allOf(CgroupProgram.class);
    programs.removeIf(program -> !shown.contains(program.evidence()));
    return new KernelExpectation(
        shown.contains(Evidence.NO_NEW_PRIVILEGES),
        filters && shown.contains(Evidence.SECCOMP_FILTER),
        capabilities.isAll() ? -1 : mask(capabilities),
        shown.contains(Evidence.OTHER_USER),
        namespaces(shown),
        new TreeSet<>(programs));
  }

  private static TreeSet<String> namespaces(Set<Evidence> shown) {
    var namespaces = new TreeSet<String>();
    shown.forEach(evidence -> namespaces.add(evidence.namespace()));
    namespaces.remove("");
    return namespaces;
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
