package dev.sandbar.e2e;

import static dev.sandbar.e2e.AttemptSets.ANY_NAMESPACE;
import static dev.sandbar.e2e.AttemptSets.BIND;
import static dev.sandbar.e2e.AttemptSets.BIND_CALL;
import static dev.sandbar.e2e.AttemptSets.DEBUG;
import static dev.sandbar.e2e.AttemptSets.INET;
import static dev.sandbar.e2e.AttemptSets.JIT;
import static dev.sandbar.e2e.AttemptSets.KEYRING;
import static dev.sandbar.e2e.AttemptSets.KNOWN_WITH_ANY_SOCKET;
import static dev.sandbar.e2e.AttemptSets.LOCAL;
import static dev.sandbar.e2e.AttemptSets.MEMORY_LOCKS;
import static dev.sandbar.e2e.AttemptSets.MODULES;
import static dev.sandbar.e2e.AttemptSets.MOUNTS;
import static dev.sandbar.e2e.AttemptSets.NAMESPACES;
import static dev.sandbar.e2e.AttemptSets.NETLINK;
import static dev.sandbar.e2e.AttemptSets.NETWORK_ADMIN;
import static dev.sandbar.e2e.AttemptSets.NO_NETWORK_NAMESPACE;
import static dev.sandbar.e2e.AttemptSets.OF_THE_KERNEL;
import static dev.sandbar.e2e.AttemptSets.OUT4;
import static dev.sandbar.e2e.AttemptSets.OUT6;
import static dev.sandbar.e2e.AttemptSets.OWN_MOUNTS;
import static dev.sandbar.e2e.AttemptSets.RAW;
import static dev.sandbar.e2e.AttemptSets.SCHEDULING;
import static dev.sandbar.e2e.AttemptSets.SECCOMP;
import static dev.sandbar.e2e.AttemptSets.SYSTEM_INFO;
import static dev.sandbar.e2e.AttemptSets.UNIX;
import static dev.sandbar.e2e.AttemptSets.URING;

import dev.sandbar.e2e.PermissionRows.Row;
import dev.sandbar.vdev.Suite;
import java.util.ArrayList;
import java.util.List;

/** The apps of {@link PermissionTest} in open mode: what is withheld from them by name. */
final class WithheldRows {

  private WithheldRows() {}

  private static Row open(String name, String spec, String closes) {
    return new Row(
        "open-" + name,
        Workbench.PROBE,
        "",
        "mode: Open\n" + spec,
        PermissionRows.words(closes),
        PermissionRows.words(""));
  }

  /** Apps in open mode, and what is closed to them by name. */
  static List<Row> of(Suite suite) {
    var rows = new ArrayList<Row>();
    // systemd 262 can tell time namespaces from others, so a ban on network ones leaves them.
    String noNetworkNamespace =
        suite == Suite.FORKY
            ? NO_NETWORK_NAMESPACE.replace("unshare-time", "")
            : NO_NETWORK_NAMESPACE;
    rows.add(
        open(
            "offline",
            "permissions: {internet: false}",
            INET
                + KNOWN_WITH_ANY_SOCKET
                + OUT4
                + OUT6
                + LOCAL
                + "loopback-tcp4 socket-int80 "
                + BIND
                + URING
                + RAW
                + NETWORK_ADMIN
                + noNetworkNamespace
                + SECCOMP
                + "network-links request-key"));
    rows.add(
        open(
            "calls",
            "directives: {SystemCallFilter: \"~@reboot ~@module ~@mount\"}",
            // systemd 262 counts open_tree among the calls on files, not among @mount.
            (suite == Suite.FORKY ? MOUNTS.replace("open-tree", "") : MOUNTS)
                + MODULES
                + SECCOMP
                + "brick-reboot"));
    rows.add(open("namespaces", "directives: {RestrictNamespaces: \"yes\"}", NAMESPACES + SECCOMP));
    if (suite == Suite.TRIXIE) {
      rows.addAll(moreOpen());
    }
    rows.add(open("modules", "directives: {ProtectKernelModules: \"yes\"}", MODULES + SECCOMP));
    return rows;
  }

  private static List<Row> moreOpen() {
    String away = OUT4 + OUT6 + LOCAL + "raw-icmp-send io-uring-connect ";
    return List.of(
        open(
            "packet",
            "directives: {RestrictAddressFamilies: ~AF_PACKET}",
            "packet-send socket-packet " + SECCOMP),
        open(
            "users",
            "directives: {RestrictNamespaces: ~user}",
            ANY_NAMESPACE + SECCOMP + AttemptSets.USER_NAMESPACE + AttemptSets.NESTED),
        open(
            "tunables",
            "directives: {ProtectKernelTunables: \"yes\"}",
            "brick-tcp-timestamps brick-threads-max sysctl-hostname sysctl-ip-forward"
                + " "
                + SECCOMP),
        // Datagrams still leave, but into that namespace, where nobody answers.
        open(
            "named",
            "directives: {NetworkNamespacePath: /run/netns/plant}",
            "brick-telnet lan-tcp4 lan-tcp6 mptcp-out tcp-fastopen-out tcp4-mapped-out tcp4-out "
                + OUT6
                + "io-uring-connect"),
        open("private", "directives: {PrivateNetwork: \"yes\"}", away + "network-links"),
        open(
            "addresses",
            "directives: {IPAddressDeny: any, IPAddressAllow: 192.168.77.0/24}",
            OUT4 + OUT6 + "lan-multicast lan-tcp6 loopback-tcp4 raw-icmp-send io-uring-connect"),
        open("privileges", "directives: {NoNewPrivileges: \"yes\"}", "no-new-privileges"),
        open(
            "no-ports",
            "permissions: {ports: false}",
            BIND + "listen-call " + URING + NO_NETWORK_NAMESPACE + SECCOMP + "socket-int80"),
        // Its system call filter holds it alone: no BPF program does.
        open(
            "no-calls-for-ports",
            "permissions: {ports: false}\nsystemCalls: {deny: [bind, listen]}",
            BIND
                + BIND_CALL
                + "bind-every-family listen-call network-links socket-vsock "
                + URING
                + NO_NETWORK_NAMESPACE
                + SECCOMP
                + "socket-int80"),
        open(
            "no-jit",
            "permissions: {jit: false, realtime: false, lockMemory: false}",
            JIT
                + MEMORY_LOCKS
                + URING
                + SECCOMP
                + "socket-int80 sched-fifo sched-rr sched-setattr-fifo"),
        open(
            "no-can-bus",
            "permissions: {canBus: false, unixSockets: false}",
            UNIX
                + RAW.replace("socket-vsock", "")
                + NETWORK_ADMIN
                + URING
                + SECCOMP
                + "socket-can socket-int80"),
        open(
            "no-raw-network",
            "permissions: {rawNetwork: false}",
            RAW.replace("socket-vsock", "").replace("socket-mark", "")
                + "brick-iptables-flush "
                + SECCOMP
                + "socket-int80"),
        open(
            "no-calls",
            "permissions: {networkStatus: false, keyring: false, scheduling: false}",
            NETLINK
                + KEYRING
                + SCHEDULING
                + "request-key ioprio-realtime nice-minus-20 sched-fifo sched-rr sched-setattr-fifo "
                + NETWORK_ADMIN.replace("brick-iptables-flush ", "")
                + URING
                + SECCOMP
                + "socket-int80"),
        open(
            "no-views",
            "permissions: {systemInfo: false, debug: false}",
            SYSTEM_INFO + OF_THE_KERNEL + OWN_MOUNTS + DEBUG + "bpf perf-all"),
        open(
            "no-local",
            "permissions: {localNetwork: false}",
            LOCAL + RAW + URING + NETWORK_ADMIN + NO_NETWORK_NAMESPACE + SECCOMP + "socket-int80"));
  }
}
