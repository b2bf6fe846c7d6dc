package dev.sandbar.core.compile;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** System calls that an app in closed mode cannot ask for by name, and what to ask for instead. */
final class CallRules {

  private static final String NEVER = "no app gets it; the device does such work itself";
  private static final String IO_URING =
      "no app gets io_uring: it opens sockets past every filter on sockets";

  private static final List<String> GROUPS =
      List.of(
          "@clock",
          "@cpu-emulation",
          "@known",
          "@module",
          "@mount",
          "@obsolete",
          "@privileged",
          "@raw-io",
          "@reboot",
          "@swap");

  private static final List<String> CALLS =
      List.of(
          "_sysctl",
          "acct",
          "adjtimex",
          "bpf",
          "capset",
          "chroot",
          "clock_adjtime",
          "clock_adjtime64",
          "clock_settime",
          "clock_settime64",
          "create_module",
          "delete_module",
          "fanotify_init",
          "finit_module",
          "fsconfig",
          "fsmount",
          "fsopen",
          "fspick",
          "init_module",
          "ioperm",
          "iopl",
          "kexec_file_load",
          "kexec_load",
          "modify_ldt",
          "mount",
          "mount_setattr",
          "move_mount",
          "open_by_handle_at",
          "open_tree",
          "pciconfig_iobase",
          "pciconfig_read",
          "pciconfig_write",
          "pivot_root",
          "quotactl",
          "quotactl_fd",
          "reboot",
          "s390_pci_mmio_read",
          "s390_pci_mmio_write",
          "setdomainname",
          "sethostname",
          "setns",
          "settimeofday",
          "stime",
          "swapoff",
          "swapon",
          "umount",
          "umount2",
          "unshare",
          "uselib",
          "vhangup",
          "vm86",
          "vm86old");

  private static final Map<String, String> INSTEAD =
      Map.ofEntries(
          Map.entry("@aio", "allow the calls you need by name; " + IO_URING),
          Map.entry("@network-io", "ask for permissions.internet, localNetwork or ports"),
          Map.entry("io_uring_enter", IO_URING),
          Map.entry("io_uring_register", IO_URING),
          Map.entry("io_uring_setup", IO_URING),
          Map.entry("bind", "ask for permissions.ports"),
          Map.entry("listen", "ask for permissions.ports"),
          Map.entry("accept", "ask for permissions.ports"),
          Map.entry("accept4", "ask for permissions.ports"),
          Map.entry("memfd_create", "ask for permissions.jit"));

  private CallRules() {}

  /** Every name and group that stays closed, with what to do instead. */
  static SortedMap<String, String> closed() {
    var closed = new TreeMap<>(INSTEAD);
    GROUPS.forEach(name -> closed.put(name, NEVER));
    CALLS.forEach(name -> closed.put(name, NEVER));
    return closed;
  }

  /** Whether the whole group is closed to every app. */
  static boolean isClosed(String group) {
    return GROUPS.contains(group);
  }

  /** What to do instead if the name or group opens what the permissions close; empty if it may. */
  static Optional<String> loosening(String name) {
    if (GROUPS.contains(name) || CALLS.contains(name)) {
      return Optional.of(NEVER);
    }
    return Optional.ofNullable(INSTEAD.get(name));
  }
}
