package dev.sandbar.core.catalog;

import java.util.ArrayList;
import java.util.List;

/** System calls that permissions open or close together, and kinds of namespace. */
final class CallNames {

  static final List<String> IO_URING =
      List.of("io_uring_enter", "io_uring_register", "io_uring_setup");
  static final List<String> LISTENING =
      List.of(
          "accept", "accept4", "io_uring_enter", "io_uring_register", "io_uring_setup", "listen");

  /** Calls that reach keys which the process has, or makes. */
  static final List<String> KEYRING = List.of("add_key", "keyctl");

  /**
   * For a key that nobody has, the kernel starts {@code /sbin/request-key}, as root and in the
   * device's own namespaces; that of a DNS key asks name servers for any name (request_key(2),
   * keyutils' key.dns_resolver(8)).
   */
  static final String REQUEST_KEY = "request_key";

  /**
   * {@code @resources} of systemd, without sched_setattr: it takes the policy from memory, where
   * the filter of RestrictRealtime= cannot look.
   */
  static final List<String> SCHEDULING =
      List.of(
          "ioprio_set",
          "mbind",
          "migrate_pages",
          "move_pages",
          "nice",
          "sched_setaffinity",
          "sched_setparam",
          "sched_setscheduler",
          "set_mempolicy",
          "setpriority",
          "setrlimit");

  /** Calls that choose how a process is scheduled (sched(7)). */
  static final List<String> REALTIME =
      List.of("sched_setattr", "sched_setparam", "sched_setscheduler");

  /** {@code @memlock} of systemd. */
  static final List<String> MEMORY_LOCKS =
      List.of("mlock", "mlock2", "mlockall", "munlock", "munlockall");

  /**
   * {@code @debug} of systemd as far as it is of use without capabilities, and what reaches into a
   * process besides.
   */
  static final List<String> DEBUG =
      List.of(
          "kcmp",
          "perf_event_open",
          "pidfd_getfd",
          "process_vm_readv",
          "process_vm_writev",
          "ptrace");

  /** What makes a mount, changes one, or takes away what is mounted over something. */
  static final List<String> MOUNTING =
      List.of(
          "fsconfig",
          "fsmount",
          "fsopen",
          "fspick",
          "mount",
          "mount_setattr",
          "move_mount",
          "open_tree",
          "umount",
          "umount2");

  /**
   * What programs call to make a sandbox inside of theirs: mounts, namespaces, becoming who they
   * are in a user namespace, and giving up what they are there.
   */
  static final List<String> NESTING =
      with(
          MOUNTING,
          List.of(
              "capset",
              "chown",
              "chown32",
              "chroot",
              "fchown",
              "fchown32",
              "fchownat",
              "lchown",
              "lchown32",
              "pivot_root",
              "setgid",
              "setgid32",
              "setgroups",
              "setgroups32",
              "setns",
              "setregid",
              "setregid32",
              "setresgid",
              "setresgid32",
              "setresuid",
              "setresuid32",
              "setreuid",
              "setreuid32",
              "setuid",
              "setuid32",
              "unshare"));

  /**
   * Kinds of namespace of a sandbox inside. None of control groups: where all kinds are allowed,
   * systemd filters none, and whoever makes one may mount the tree of groups.
   */
  static final List<String> NESTED = List.of("ipc", "mnt", "net", "pid", "user", "uts");

  private CallNames() {}

  static List<String> with(List<String> calls, List<String> more) {
    var all = new ArrayList<>(calls);
    all.addAll(more);
    return all;
  }
}
