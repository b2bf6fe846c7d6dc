package dev.sandbar.core.compile;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The one table of what a directive needs of a device to hold, and of what it leaves to see in the
 * kernel where it does.
 */
final class DirectiveNeeds {

  /**
   * One directive.
   *
   * @param feature without which it would do nothing, or not all
   * @param filter whether systemd installs a seccomp filter for it, if only as one part of it
   * @param mount whether it brings a mount namespace with it on every version
   */
  private record Need(Feature feature, boolean filter, boolean mount) {}

  private static final SortedMap<String, Need> TABLE = table();

  private DirectiveNeeds() {}

  /** What the directive needs; empty if every device has it. */
  static Optional<Feature> of(String directive) {
    return Optional.ofNullable(TABLE.get(directive)).map(Need::feature);
  }

  /** Whether a process of the unit has a seccomp filter because of the directive. */
  static boolean filters(String directive) {
    Need need = TABLE.get(directive);
    return need != null && need.filter();
  }

  /** Whether a process of the unit has a mount namespace because of the directive. */
  static boolean mounts(String directive) {
    Need need = TABLE.get(directive);
    return need != null && need.mount();
  }

  private static SortedMap<String, Need> table() {
    var table = new TreeMap<String, Need>();
    put(
        table,
        new Need(Feature.SECCOMP, true, false),
        "SystemCallFilter",
        "SystemCallArchitectures",
        "RestrictAddressFamilies",
        "RestrictNamespaces",
        "RestrictRealtime",
        "RestrictSUIDSGID",
        "LockPersonality",
        "ProtectClock");
    // From kernel 6.3 on newer systemds hold it with prctl(2) and without a filter.
    put(table, new Need(Feature.SECCOMP, false, false), "MemoryDenyWriteExecute");
    put(table, new Need(Feature.UTS_NAMESPACE, true, false), "ProtectHostname");
    put(table, new Need(Feature.DYNAMIC_USER, true, true), "DynamicUser");
    put(
        table,
        new Need(Feature.MOUNT_NAMESPACE, true, true),
        "PrivateDevices",
        "ProtectKernelLogs",
        "ProtectKernelModules",
        "ProtectKernelTunables");
    put(
        table,
        new Need(Feature.MOUNT_NAMESPACE, false, true),
        "BindPaths",
        "BindReadOnlyPaths",
        "ExecPaths",
        "InaccessiblePaths",
        "NoExecPaths",
        "PrivateMounts",
        "PrivateTmp",
        "ProtectControlGroups",
        "ProtectHome",
        "ProtectSystem",
        "TemporaryFileSystem");
    put(table, new Need(Feature.ROOT_IMAGE, false, true), "RootImage");
    plain(table, Feature.CGROUP_BPF_IP, "IPAddressAllow", "IPAddressDeny");
    plain(table, Feature.CGROUP_BPF_SOCKET_BIND, "SocketBindAllow", "SocketBindDeny");
    plain(table, Feature.CGROUP_BPF_DEVICE, "DevicePolicy", "DeviceAllow");
    // PrivateNetwork and PrivateIPC bring a mount namespace with them on newer systemds only.
    plain(table, Feature.NETWORK_NAMESPACE, "PrivateNetwork", "NetworkNamespacePath");
    plain(table, Feature.IPC_NAMESPACE, "PrivateIPC");
    plain(table, Feature.USER_NAMESPACE, "PrivateUsers");
    plain(table, Feature.PROC_SUBSET, "ProtectProc", "ProcSubset");
    plain(table, Feature.MEMORY_CONTROLLER, "MemoryMax", "MemoryHigh", "MemoryLow", "MemoryMin");
    plain(table, Feature.MEMORY_CONTROLLER, "MemorySwapMax");
    plain(table, Feature.PIDS_CONTROLLER, "TasksMax");
    plain(table, Feature.CPU_CONTROLLER, "CPUQuota", "CPUWeight");
    plain(table, Feature.IO_CONTROLLER, "IOWeight");
    return Collections.unmodifiableSortedMap(table);
  }

  private static void plain(SortedMap<String, Need> table, Feature feature, String... names) {
    put(table, new Need(feature, false, false), names);
  }

  private static void put(SortedMap<String, Need> table, Need need, String... names) {
    for (String name : names) {
      table.put(name, need);
    }
  }
}
