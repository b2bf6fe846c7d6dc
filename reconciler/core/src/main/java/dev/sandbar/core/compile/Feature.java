package dev.sandbar.core.compile;

import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Something that kernel and systemd together must be able to do for a directive to hold. */
public enum Feature {
  /**
   * SECCOMP_FILTER: all of SystemCallFilter, RestrictAddressFamilies, RestrictNamespaces and the
   * like.
   */
  SECCOMP("seccomp filters"),
  /** cgroup v2 and CGROUP_BPF (4.10): IPAddressAllow, IPAddressDeny. */
  CGROUP_BPF_IP("IP filters by cgroup-BPF"),
  /** CGROUP_BPF (4.15): DeviceAllow, DevicePolicy. */
  CGROUP_BPF_DEVICE("device filters by cgroup-BPF"),
  /** CGROUP_BPF (4.17) and a systemd built with BPF_FRAMEWORK: SocketBindAllow, SocketBindDeny. */
  CGROUP_BPF_SOCKET_BIND("socket bind filters by cgroup-BPF"),
  MOUNT_NAMESPACE("mount namespaces"),
  NETWORK_NAMESPACE("network namespaces"),
  USER_NAMESPACE("user namespaces"),
  IPC_NAMESPACE("IPC namespaces"),
  UTS_NAMESPACE("UTS namespaces"),
  /** DynamicUser, with nss-systemd or without. */
  DYNAMIC_USER("dynamic users"),
  /** Loop devices and a file system that images come in: RootImage. */
  ROOT_IMAGE("root images on loop devices"),
  /**
   * dm-verity, device nodes for it, a systemd from 254 on that is built with libcryptsetup, and
   * that library: RootHash, RootVerity.
   */
  IMAGE_VERITY("dm-verity for root images"),
  /** ProtectProc, ProcSubset: per-mount procfs (5.8). */
  PROC_SUBSET("per-mount procfs"),
  /** cgroup v2 memory controller: MemoryMax, MemoryHigh. */
  MEMORY_CONTROLLER("the cgroup v2 memory controller"),
  /** cgroup v2 pids controller: TasksMax. */
  PIDS_CONTROLLER("the cgroup v2 pids controller"),
  /** cgroup v2 cpu controller: CPUQuota, CPUWeight. */
  CPU_CONTROLLER("the cgroup v2 cpu controller"),
  /** cgroup v2 io controller: IOWeight. */
  IO_CONTROLLER("the cgroup v2 io controller"),
  /** ip, nft and nsenter, and net.ipv4.ip_forward=1: networks of apps joined to the device's. */
  OWN_NETWORK("the programs ip, nft and nsenter, and forwarding of IPv4 packets"),
  /** udev with {@code 70-sandbar.rules}, and systemd's units for devices. */
  HARDWARE_NAMES("udev with the rules of Sandbar"),
  /** systemd-tmpfiles, the group {@code sandbar-apps}, and the units that make directories. */
  APP_SOCKETS("the group sandbar-apps and the units sandbard-sockets* of Sandbar"),
  /**
   * xdg-dbus-proxy, the unit that runs it, and a system bus that talks to dynamic users, which
   * dbus-daemon does not: systemd keeps it from asking for them.
   */
  BUS_PROXY(
      "xdg-dbus-proxy, dbus-broker as its system bus, or the unit sandbard-bus@.service of"
          + " Sandbar"),
  /**
   * The group {@code sandbar-bus}, the unit of filters in it, and a folder for files of the bus.
   */
  BUS_NAMES(
      "the group sandbar-bus, the unit sandbard-own@.service of Sandbar, or the folder"
          + " /etc/dbus-1/system.d"),
  /** systemd-sysctl, and the unit that runs it for an app. */
  KERNEL_SETTINGS("systemd-sysctl, or the unit sandbard-tuning@.service of Sandbar"),
  /** What systemd reads names of time zones by, UTC excepted (tzset(3)). */
  TIME_ZONES("the time zone database"),
  /**
   * A file system with project quotas (mount option prjquota), a systemd from 258 on that sets
   * them, and user namespaces, in which nobody lifts them: StateDirectoryQuota.
   */
  STATE_QUOTA("project quotas on the file system of /var/lib"),
  /** The same: CacheDirectoryQuota. */
  CACHE_QUOTA("project quotas on the file system of /var/cache"),
  /** The same: LogsDirectoryQuota. */
  LOGS_QUOTA("project quotas on the file system of /var/log");

  private static final Map<String, Feature> NEEDED = needed();

  private final String title;

  Feature(String title) {
    this.title = title;
  }

  /** What the directive needs to hold; empty if every device has it. */
  public static Optional<Feature> neededBy(String directive) {
    return Optional.ofNullable(NEEDED.get(directive));
  }

  private static Map<String, Feature> needed() {
    var needed = new HashMap<String, Feature>();
    for (DirectiveInfo directive : DirectiveTable.all().values()) {
      directive
          .requiredFeature()
          .ifPresent(name -> needed.put(directive.name(), Feature.valueOf(name)));
    }
    return Map.copyOf(needed);
  }

  /** In the middle of a sentence: "this device cannot enforce ... because it lacks TITLE". */
  public String title() {
    return title;
  }
}
