package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.model.Permission;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What {@code systemCalls.allow} can give back to an app in closed mode. A call that a permission
 * opens, and one that no app gets, stays withheld by whatever name or group it is asked for. The
 * rest of what the closed default takes away is given to who names it: by its own name or by a
 * group that holds nothing else, never along with a group of ordinary calls.
 */
final class CallRules {

  private static final String NEVER = "no app gets it; the device does such work itself";
  private static final String IO_URING = "permissions.asyncIO opens io_uring";

  private static final String REACHES =
      "no app gets it: it reaches past the flags of file systems, or stops the kernel at will";

  private static final String UPCALL =
      "no app gets it: the kernel starts a program for it, as root and outside of every sandbox";

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

  /** Of these, single calls can be harmless: changing an owner, becoming who one is already. */
  private static final List<String> MIXED = List.of("@known", "@privileged");

  /** Groups that are one thing to ask for. */
  private static final List<String> ASKED =
      List.of("@chown", "@debug", "@keyring", "@memlock", "@resources", "@setuid");

  /** Of these, those that a permission opens too. */
  private static final Map<String, Permission> ASKED_BY_PERMISSION =
      Map.of(
          "@debug", Permission.DEBUG,
          "@keyring", Permission.KEYRING,
          "@memlock", Permission.LOCK_MEMORY,
          "@resources", Permission.SCHEDULING);

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
          "fanotify_mark",
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
          "nfsservctl",
          "open_by_handle_at",
          "open_tree",
          "open_tree_attr",
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

  private static final String PORTS = "remove it; permissions.ports opens it";

  private static final String NESTED =
      "remove it; permissions.nestedSandbox opens it for namespaces of the app's own";

  private static final String DEBUG = "remove it; permissions.debug opens it";

  private static final Map<String, String> INSTEAD =
      Map.ofEntries(
          Map.entry("@aio", "allow the calls you need by name; " + IO_URING),
          Map.entry("@network-io", "ask for permissions.internet, localNetwork or ports"),
          Map.entry("io_uring_enter", IO_URING),
          Map.entry("io_uring_register", IO_URING),
          Map.entry("io_uring_setup", IO_URING),
          Map.entry("bind", PORTS),
          Map.entry("listen", PORTS),
          Map.entry("accept", PORTS),
          Map.entry("accept4", PORTS),
          Map.entry("memfd_create", "remove it; permissions.jit or runFromData opens it"),
          Map.entry("chroot", NESTED),
          Map.entry("mount", NESTED),
          Map.entry("pivot_root", NESTED),
          Map.entry("setns", NESTED),
          Map.entry("umount2", NESTED),
          Map.entry("unshare", NESTED),
          Map.entry("kcmp", DEBUG),
          Map.entry("name_to_handle_at", REACHES),
          Map.entry("pidfd_getfd", DEBUG),
          Map.entry("process_vm_readv", DEBUG),
          Map.entry("process_vm_writev", DEBUG),
          Map.entry("request_key", UPCALL),
          Map.entry("userfaultfd", REACHES));

  private static final List<String> BEYOND_RAW =
      List.of(
          "io_uring_enter",
          "io_uring_register",
          "io_uring_setup",
          "kexec_file_load",
          "kexec_load",
          "request_key");

  private static final SortedMap<String, String> CLOSED = closedEverywhere();

  private CallRules() {}

  /** Every name and group that stays closed on every device, with what to do instead. */
  static SortedMap<String, String> closed() {
    return CLOSED;
  }

  private static SortedMap<String, String> closedEverywhere() {
    var closed = new TreeMap<String, String>();
    never(ReferenceSyscalls.groups()).forEach(name -> closed.put(name, NEVER));
    closed.putAll(INSTEAD);
    return Collections.unmodifiableSortedMap(closed);
  }

  /**
   * What could be asked for although the permission is withheld by name: its calls, and the group
   * that is made of them.
   */
  static SortedSet<String> withheldWith(Permission permission) {
    var names = new TreeSet<String>();
    Extent<String> left = PermissionCatalog.entry(permission).closes().kernel().calls();
    if (left.allBut()) {
      names.addAll(left.items());
    }
    ASKED_BY_PERMISSION.forEach(
        (group, opener) -> {
          if (opener == permission) {
            names.add(group);
          }
        });
    names.removeAll(CLOSED.keySet());
    return names;
  }

  /**
   * Why not even {@code raw} opens the call: it goes past another wall, or out of every sandbox, or
   * puts another kernel in the place of this one. Empty if it may.
   */
  static Optional<String> beyondRaw(String call) {
    return BEYOND_RAW.contains(call)
        ? Optional.of(INSTEAD.getOrDefault(call, NEVER))
        : Optional.empty();
  }

  /** Whether the whole group is closed to every app. */
  static boolean isClosed(String group) {
    return GROUPS.contains(group);
  }

  /** Whether a group gives back calls that the closed default takes away. */
  static boolean isAsked(String group) {
    return ASKED.contains(group);
  }

  /**
   * What to do instead if the name or group opens what stays closed; empty if it may.
   *
   * @param groups of the device
   */
  static Optional<String> loosening(String name, SortedMap<String, SortedSet<String>> groups) {
    Optional<String> everywhere = Optional.ofNullable(CLOSED.get(name));
    return everywhere.isPresent() || !never(groups).contains(name)
        ? everywhere
        : Optional.of(NEVER);
  }

  private static SortedSet<String> never(SortedMap<String, SortedSet<String>> groups) {
    var never = new TreeSet<>(GROUPS);
    never.addAll(CALLS);
    GROUPS.stream()
        .filter(group -> !MIXED.contains(group))
        .forEach(group -> never.addAll(groups.getOrDefault(group, new TreeSet<>())));
    return never;
  }
}
