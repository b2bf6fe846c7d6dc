package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Checks the lines of a unit against what the device can do. systemd continues without most of them
 * when the kernel lacks something, so a line that would do nothing is refused here; only where the
 * loss leaves nothing open is it left out, and said so.
 */
final class Enforceability {

  private final DeviceFacts facts;
  private final Sandbox sandbox;
  private final Effective.Context context;
  private final Location at;
  private final Complaints complaints;

  Enforceability(
      DeviceFacts facts,
      Sandbox sandbox,
      Effective.Context context,
      Location at,
      Complaints complaints) {
    this.facts = facts;
    this.sandbox = sandbox;
    this.context = context;
    this.at = at;
    this.complaints = complaints;
  }

  /**
   * What became of the lines.
   *
   * @param kept those that hold on the device
   * @param notEnforced names of those that were left out although something is open without them
   */
  record Checked(List<Directive> kept, SortedSet<String> notEnforced) {}

  /** Which lines hold on the device. */
  Checked check(List<Directive> lines) {
    var kept = new ArrayList<Directive>();
    var refused = new EnumMap<Feature, TreeSet<String>>(Feature.class);
    var dropped = new EnumMap<Feature, TreeSet<String>>(Feature.class);
    for (Directive line : lines) {
      Feature need = Feature.neededBy(line.name()).orElse(null);
      if (need == null || !lacks(need, line) || opensNothing(line)) {
        kept.add(line);
      } else if (nothingLost(need, line, lines)) {
        dropped.computeIfAbsent(need, _ -> new TreeSet<>()).add(line.name());
      } else {
        refused.computeIfAbsent(need, _ -> new TreeSet<>()).add(line.name());
      }
    }
    refused.forEach(
        (feature, names) ->
            complaints.error(
                Problem.CANNOT_ENFORCE,
                at,
                "this device cannot enforce %s, which %s: it lacks %s"
                    .formatted(
                        String.join(", ", names), reasons(lines, names), title(feature, names)),
                help(feature)));
    dropped.forEach(this::leftOut);
    var notEnforced = new TreeSet<String>();
    dropped.forEach(
        (feature, names) -> {
          if (leavesOpen(feature)) {
            notEnforced.addAll(names);
          }
        });
    return new Checked(kept, notEnforced);
  }

  private boolean lacks(Feature feature, Directive line) {
    return !facts.has(feature)
        || DirectiveTable.find(line.name())
            .filter(it -> !it.existsIn(facts.systemdVersion()))
            .isPresent();
  }

  private String title(Feature feature, SortedSet<String> names) {
    return names.stream()
        .flatMap(name -> DirectiveTable.find(name).stream())
        .filter(it -> !it.existsIn(facts.systemdVersion()))
        .map(it -> "systemd %d".formatted(it.since()))
        .findFirst()
        .orElse(feature.title());
  }

  private void leftOut(Feature feature, SortedSet<String> names) {
    String what = String.join(", ", names);
    if (limits(feature) && !facts.policy().unlimited()) {
      complaints.add(List.of(unlimited(at, feature, title(feature, names), what)));
      return;
    }
    complaints.warning(
        Problem.CANNOT_ENFORCE,
        at,
        "%s is left out, for this device lacks %s; %s"
            .formatted(what, title(feature, names), remains(feature)),
        help(feature));
  }

  /** What the policy says of limits that the device cannot hold. */
  static Diagnostic unlimited(Location at, Feature feature, String lacks, String what) {
    return Diagnostic.error(
        Problem.POLICY_DENIED,
        at,
        "this device lacks %s for %s, and its policy lets no app run without its limits"
            .formatted(lacks, what),
        help(feature)
            + ", or add policy: {unenforcedLimits: Allow} to /etc/sandbar/agent.yaml of the"
            + " device");
  }

  /** Whether it is what resource limits need. */
  private static boolean limits(Feature feature) {
    return leavesOpen(feature) && feature != Feature.PROC_SUBSET;
  }

  /** Whether something is open without it that the spec or the default closes. */
  private static boolean leavesOpen(Feature feature) {
    return switch (feature) {
      case PIDS_CONTROLLER,
          MEMORY_CONTROLLER,
          CPU_CONTROLLER,
          IO_CONTROLLER,
          STATE_QUOTA,
          CACHE_QUOTA,
          LOGS_QUOTA,
          PROC_SUBSET ->
          true;
      case CGROUP_BPF_IP,
          CGROUP_BPF_SOCKET_BIND,
          CGROUP_BPF_DEVICE,
          UTS_NAMESPACE,
          USER_NAMESPACE,
          SECCOMP,
          MOUNT_NAMESPACE,
          NETWORK_NAMESPACE,
          IPC_NAMESPACE,
          DYNAMIC_USER,
          ROOT_IMAGE,
          IMAGE_VERITY,
          OWN_NETWORK,
          HARDWARE_NAMES,
          APP_SOCKETS,
          BUS_PROXY,
          BUS_NAMES,
          KERNEL_SETTINGS,
          TIME_ZONES ->
          false;
    };
  }

  private static boolean opensNothing(Directive line) {
    return line.value().equals("no");
  }

  private static String reasons(List<Directive> lines, TreeSet<String> names) {
    String because =
        lines.stream()
            .filter(line -> names.contains(line.name()))
            .map(Directive::because)
            .distinct()
            .map(reason -> reason.equals(Draft.DEFAULT) ? "the closed default" : reason)
            .collect(Collectors.joining(", "));
    return (names.size() == 1 ? "comes from " : "come from ") + because;
  }

  private boolean nothingLost(Feature need, Directive line, List<Directive> lines) {
    if (line.because().equals(DirectiveOverrides.BECAUSE)) {
      return false;
    }
    var calls = new UnitCallFilter(lines, context);
    return switch (need) {
      case CGROUP_BPF_IP ->
          has(lines, "PrivateNetwork", "yes")
              && !opensInet()
              && facts.has(Feature.NETWORK_NAMESPACE)
              && facts.has(Feature.SECCOMP)
              && calls.refuses("io_uring_setup");
      case CGROUP_BPF_SOCKET_BIND ->
          facts.has(Feature.SECCOMP)
              && calls.seesCallsOnSockets()
              && calls.refuses("io_uring_setup")
              && (!opensInet() || calls.refuses("bind"));
      case CGROUP_BPF_DEVICE ->
          has(lines, "PrivateDevices", "yes")
              && sandbox.kernel().isHarmless()
              && facts.has(Feature.MOUNT_NAMESPACE)
              // Without the filter a node that was granted for reading could be written.
              && lines.stream()
                  .noneMatch(l -> l.name().equals("DeviceAllow") && l.value().endsWith(" r"));
      // Without capabilities there is nothing to use, and the same calls are filtered.
      case UTS_NAMESPACE, USER_NAMESPACE -> sandbox.kernel().isHarmless();
      // Names of other processes show; nothing can be done to them.
      case PROC_SUBSET -> line.because().equals(Draft.DEFAULT);
      case PIDS_CONTROLLER,
          MEMORY_CONTROLLER,
          CPU_CONTROLLER,
          IO_CONTROLLER,
          STATE_QUOTA,
          CACHE_QUOTA,
          LOGS_QUOTA ->
          true;
      case SECCOMP,
          MOUNT_NAMESPACE,
          NETWORK_NAMESPACE,
          IPC_NAMESPACE,
          DYNAMIC_USER,
          ROOT_IMAGE,
          IMAGE_VERITY,
          OWN_NETWORK,
          HARDWARE_NAMES,
          APP_SOCKETS,
          BUS_PROXY,
          BUS_NAMES,
          KERNEL_SETTINGS,
          TIME_ZONES ->
          false;
    };
  }

  private boolean opensInet() {
    return sandbox.network().families().contains("AF_INET")
        || sandbox.network().families().contains("AF_INET6");
  }

  private static boolean has(List<Directive> lines, String name, String value) {
    return lines.stream().anyMatch(l -> l.name().equals(name) && l.value().equals(value));
  }

  /** What holds without it. */
  private static String remains(Feature feature) {
    return switch (feature) {
      case CGROUP_BPF_IP, CGROUP_BPF_SOCKET_BIND ->
          "the filters on socket families and system calls hold the same";
      case CGROUP_BPF_DEVICE -> "the app's own /dev holds only what it may use";
      case USER_NAMESPACE, UTS_NAMESPACE -> "the app has no capability that would use it";
      case PROC_SUBSET -> "other processes can be seen, and still not be touched";
      case MEMORY_CONTROLLER, PIDS_CONTROLLER, CPU_CONTROLLER, IO_CONTROLLER ->
          "the app is not limited there";
      case STATE_QUOTA, CACHE_QUOTA, LOGS_QUOTA -> "what the app writes there is not limited";
      case SECCOMP,
          MOUNT_NAMESPACE,
          NETWORK_NAMESPACE,
          IPC_NAMESPACE,
          DYNAMIC_USER,
          ROOT_IMAGE,
          IMAGE_VERITY,
          OWN_NETWORK,
          HARDWARE_NAMES,
          APP_SOCKETS,
          BUS_PROXY,
          BUS_NAMES,
          KERNEL_SETTINGS,
          TIME_ZONES ->
          throw new IllegalArgumentException("never left out: " + feature);
    };
  }

  static String help(Feature feature) {
    return switch (feature) {
      case SECCOMP -> "use a kernel with CONFIG_SECCOMP_FILTER and a systemd built with +SECCOMP";
      case CGROUP_BPF_IP, CGROUP_BPF_DEVICE -> "use a kernel with CONFIG_CGROUP_BPF and cgroup v2";
      case CGROUP_BPF_SOCKET_BIND ->
          "use a kernel with CONFIG_CGROUP_BPF and a systemd built with +BPF_FRAMEWORK";
      case MOUNT_NAMESPACE, NETWORK_NAMESPACE, USER_NAMESPACE, IPC_NAMESPACE, UTS_NAMESPACE ->
          "use a kernel and a container that allow " + feature.title();
      case DYNAMIC_USER -> "use a systemd with DynamicUser";
      case ROOT_IMAGE ->
          "use a kernel with loop devices and squashfs, or run a program of the device itself";
      case IMAGE_VERITY ->
          "use a kernel with dm-verity and a systemd from 254 on with libcryptsetup (Debian:"
              + " libcryptsetup12), or remove image.rootHash";
      case PROC_SUBSET -> "use a kernel from 5.8 on";
      case OWN_NETWORK ->
          "install iproute2 and nftables, and set net.ipv4.ip_forward=1 in /etc/sysctl.d, or remove"
              + " network: Own";
      case HARDWARE_NAMES ->
          "install udev and the package of Sandbar, which has 70-sandbar.rules, or name the node"
              + " with device";
      case APP_SOCKETS ->
          "install the package of Sandbar, or its units sandbard-sockets* and"
              + " run-sandbar\\x2dapps.mount and its file for systemd-sysusers";
      case BUS_PROXY ->
          "install xdg-dbus-proxy and dbus-broker, which takes the place of dbus-daemon at the next"
              + " boot, and the package of Sandbar";
      case KERNEL_SETTINGS ->
          "install the package of Sandbar, or its unit sandbard-tuning@.service";
      case TIME_ZONES -> "install tzdata, or leave out the time zone, for UTC";
      case BUS_NAMES ->
          "install the package of Sandbar, or its unit sandbard-own@.service and its file for"
              + " systemd-sysusers";
      case MEMORY_CONTROLLER, PIDS_CONTROLLER, CPU_CONTROLLER, IO_CONTROLLER ->
          "turn the controller on in cgroup v2 (kernel command line), or remove the limit";
      case STATE_QUOTA, CACHE_QUOTA, LOGS_QUOTA ->
          "mount it with prjquota (ext4: after tune2fs -O project,quota; XFS; f2fs) and use systemd"
              + " from 258 on, or remove the quota";
    };
  }
}
