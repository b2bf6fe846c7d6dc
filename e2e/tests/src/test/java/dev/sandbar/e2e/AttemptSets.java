package dev.sandbar.e2e;

import java.util.SortedSet;

/** Attempts of the probe that open and close together. */
final class AttemptSets {

  static final String INET = "socket-inet socket-inet6 ";

  /**
   * Any IPv4 socket may choose its interface; docs/reference/limits.md says so, and what to do
   * where it matters.
   */
  static final String KNOWN_WITH_ANY_SOCKET = "bind-to-device ";

  /** Listening without a port named: likewise known, once a TCP port is granted. */
  static final String KNOWN_WITH_A_PORT = "listen-unbound ";

  /** What a port below 1024 takes. */
  static final String PRIVILEGE = "capabilities-ambient capabilities-effective ";

  static final String OUT4 = "mptcp-out tcp-fastopen-out tcp4-mapped-out tcp4-out udp4-out ";
  static final String OUT6 = "tcp6-out udp6-out ";
  static final String LOCAL4 = "brick-telnet lan-tcp4 lan-udp4 ";
  static final String LOCAL = LOCAL4 + "lan-multicast lan-tcp6 ";
  static final String JIT =
      "exec-memfd map-exec-memfd memfd mmap-rwx mprotect-exec pkey-mprotect-exec shmat-exec ";

  static final String BIND =
      "bind-22 bind-80 bind-80-v6 bind-8088 bind-8088-v6 bind-udp-0 bind-udp-53 bind-udp-5353"
          + " listen-unbound ";

  /**
   * The call itself cannot be had for some sockets only; a pair of Unix sockets can be made without
   * any family.
   */
  static final String BIND_CALL = "bind-call bind-unix-pair ";

  static final String URING =
      "io-uring-setup io-uring-socket-inet io-uring-socket-netlink io-uring-socket-unix"
          + " io-uring-socket-vsock io-uring-open-setuid io-uring-connect io-uring-bind ";
  static final String RAW =
      "packet-send raw-icmp-send socket-mark socket-packet socket-raw-icmp socket-raw-icmp6"
          + " socket-raw-ip socket-vsock socket-xdp ";
  static final String NETWORK_ADMIN =
      "brick-iptables-flush brick-link-down brick-nft-flush brick-route-flush route-add ";

  /**
   * What goes with every filter on namespaces: clone3 is refused and kernels lack a filter for
   * time.
   */
  static final String ANY_NAMESPACE =
      "clone3-user setns-init-mount setns-init-net setns-own unshare-time ";

  /** What a user, a mount and a process namespace of its own let an app do. */
  static final String NESTED = "nested-exec nested-pivot-root nested-tmpfs ";

  /** What takes a user namespace alone. */
  static final String USER_NAMESPACE = "clone-user unshare-user unshare-user-net ";

  static final String NO_NETWORK_NAMESPACE = ANY_NAMESPACE + "unshare-net unshare-user-net ";
  static final String NAMESPACES =
      NO_NETWORK_NAMESPACE
          + "clone-user unshare-cgroup unshare-ipc unshare-mount unshare-pid unshare-user"
          + " unshare-uts "
          + NESTED;
  private static final String OUTER_MOUNTS =
      "chroot fsopen mount-bind mount-proc mount-setattr mount-tmpfs move-mount open-tree"
          + " pivot-root ";

  static final String MOUNTS = OUTER_MOUNTS + NESTED;
  static final String MODULES = "init-module finit-module delete-module kexec-load ";
  static final String SECCOMP = "no-seccomp ";
  static final String NETLINK = "network-links socket-audit socket-netlink socket-uevent ";
  static final String UNIX =
      "abstract-socket dbus-system journal-socket socket-unix systemd-notify systemd-private ";
  static final String KEYRING = "add-key keyctl ";
  static final String SCHEDULING = "ioprio-idle nice-plus-1 sched-affinity ";
  static final String MEMORY_LOCKS = "map-locked mlock mlockall shm-lock ";
  static final String DEBUG =
      "kcmp perf-own pidfd-getfd ptrace-child ptrace-me vm-read-parent vm-write-parent ";
  static final String DATA = "exec-memfd exec-tmp exec-var-tmp map-exec-memfd map-exec-tmp memfd ";
  static final String EXECUTE_OWN = "exec-state exec-cache exec-logs ";
  static final String OWN = EXECUTE_OWN + "write-state write-cache write-logs ";
  static final String SYSTEM_INFO = "proc-cpuinfo proc-loadavg proc-meminfo proc-stat ";
  static final String OF_THE_KERNEL =
      "brick-tcp-timestamps brick-threads-max proc-kallsyms proc-kcore sysctl-core-pattern"
          + " sysctl-drop-caches sysctl-hostname sysctl-ip-forward sysctl-modprobe sysrq-trigger ";

  /**
   * What goes with keeping an app to the mounts it was given: making others, entering those of
   * others, and what takes the right to trace. Not the environment of others, which CAP_PERFMON and
   * CAP_SYS_ADMIN read too.
   */
  static final String OWN_MOUNTS =
      OUTER_MOUNTS.replace("chroot ", "").replace("pivot-root ", "")
          + NESTED
          + ANY_NAMESPACE
          + "unshare-mount proc-init-root ptrace-init vm-read-init proc-init-mem "
          + SECCOMP
          + "socket-int80 ";

  /**
   * What no app can do on the virtual devices of the tests, whatever it is granted: their kernel,
   * Linux 6.18, has no modules and no such drivers, and much of a container's /proc is read-only.
   */
  static final SortedSet<String> NOT_SEEN =
      PermissionRows.words(
          "abstract-socket brick-threads-max delete-module device-dri-card0 device-snd-control"
              + " finit-module init-module kexec-load proc-kcore socket-can sysctl-core-pattern"
              + " sysctl-drop-caches sysctl-modprobe sysrq-trigger");

  /** What systemd can give no app in a container, where it cannot raise a limit itself. */
  static final SortedSet<String> NOT_GIVEN =
      PermissionRows.words("sched-fifo sched-rr sched-setattr-fifo");

  private AttemptSets() {}
}
