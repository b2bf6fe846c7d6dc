package dev.sandbar.core.probe;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Destination;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.DeviceNode;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.probe.AttemptOpening.AgentSocket;
import dev.sandbar.core.probe.AttemptOpening.Bind;
import dev.sandbar.core.probe.AttemptOpening.Call;
import dev.sandbar.core.probe.AttemptOpening.Control;
import dev.sandbar.core.probe.AttemptOpening.Device;
import dev.sandbar.core.probe.AttemptOpening.ExecutableData;
import dev.sandbar.core.probe.AttemptOpening.Family;
import dev.sandbar.core.probe.AttemptOpening.Harmless;
import dev.sandbar.core.probe.AttemptOpening.LockedMemory;
import dev.sandbar.core.probe.AttemptOpening.Mark;
import dev.sandbar.core.probe.AttemptOpening.Nested;
import dev.sandbar.core.probe.AttemptOpening.OtherProcesses;
import dev.sandbar.core.probe.AttemptOpening.OwnDirectory;
import dev.sandbar.core.probe.AttemptOpening.Permitted;
import dev.sandbar.core.probe.AttemptOpening.Privilege;
import dev.sandbar.core.probe.AttemptOpening.RawReach;
import dev.sandbar.core.probe.AttemptOpening.RawRight;
import dev.sandbar.core.probe.AttemptOpening.RawSocket;
import dev.sandbar.core.probe.AttemptOpening.Reach;
import dev.sandbar.core.probe.AttemptOpening.Realtime;
import dev.sandbar.core.probe.AttemptOpening.RingBind;
import dev.sandbar.core.probe.AttemptOpening.RingReach;
import dev.sandbar.core.probe.AttemptOpening.SystemBus;
import dev.sandbar.core.probe.AttemptOpening.SystemInfo;
import dev.sandbar.core.probe.AttemptOpening.Unpermitted;
import dev.sandbar.core.probe.AttemptOpening.WritableCode;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Every attempt of the kit and what opens it: the one place that says so. Attempts are written by
 * their id, and where it matters with what they are about: {@code id=thing,thing}.
 */
final class ProbeTable {

  private static final String INET = "AF_INET";
  private static final String INET6 = "AF_INET6";

  private static final String CONTROLS =
      """
      dev-null dev-urandom own-tmp own-shm fork-exec clock-gettime=clock_gettime
      getrandom=getrandom
      """;

  private static final String HARMLESS =
      """
      sys-class-net socketpair-unix sysv-shared-memory alias-exec shmat-twice-exec proc-self-mem
      read-machine-id
      """;

  /** Any socket may choose its interface, as docs/reference/limits.md says. */
  private static final String FAMILIES =
      """
      socket-inet=AF_INET socket-inet6=AF_INET6 bind-to-device=AF_INET socket-can=AF_CAN
      network-links=AF_NETLINK socket-netlink=AF_NETLINK socket-uevent=AF_NETLINK
      socket-audit=AF_NETLINK socket-unix=AF_UNIX abstract-socket=AF_UNIX systemd-notify=AF_UNIX
      """;

  /** With a capability too. */
  private static final String RAW =
      """
      socket-raw-icmp=AF_INET socket-raw-ip=AF_INET socket-raw-icmp6=AF_INET6
      socket-packet=AF_PACKET packet-send=AF_PACKET
      """;

  private static final String PORTS =
      """
      bind-22=tcp:22 bind-80=tcp:80 bind-80-v6=tcp:80 bind-8088=tcp:8088 bind-8088-v6=tcp:8088
      bind-udp-53=udp:53 bind-udp-5353=udp:5353 bind-udp-0=udp:0
      """;

  private static final String PRIVILEGES =
      """
      capabilities-effective capabilities-ambient
      """;

  /** Listening without a port named is known of every app that may listen on some port. */
  private static final String CALLS =
      """
      listen-unbound=listen listen-call=listen bind-call=bind bind-unix-pair=bind
      bind-every-family=bind memfd=memfd_create map-exec-memfd=memfd_create
      exec-memfd=memfd_create
      add-key=add_key keyctl=keyctl request-key=request_key
      sched-affinity=sched_setaffinity nice-plus-1=setpriority ioprio-idle=ioprio_set
      ptrace-child=ptrace ptrace-me=ptrace vm-read-parent=process_vm_readv
      vm-write-parent=process_vm_writev pidfd-getfd=pidfd_getfd kcmp=kcmp perf-own=perf_event_open
      mlock=mlock mlockall=mlockall
      io-uring-setup=io_uring_setup io-uring-socket-inet=io_uring_setup
      io-uring-socket-vsock=io_uring_setup io-uring-socket-netlink=io_uring_setup
      io-uring-socket-unix=io_uring_setup io-uring-open-setuid=io_uring_setup
      """;

  private static final String CODE =
      """
      mmap-rwx mprotect-exec pkey-mprotect-exec shmat-exec
      """;

  private static final String DATA =
      """
      exec-tmp exec-var-tmp exec-state exec-cache exec-logs map-exec-tmp
      """;

  private static final String SYSTEM_INFO =
      """
      proc-cpuinfo proc-loadavg proc-meminfo proc-stat
      """;

  private static final String DEVICES =
      """
      device-mem=/dev/mem device-kmem=/dev/kmem device-port=/dev/port device-kmsg=/dev/kmsg
      device-kvm=/dev/kvm device-fuse=/dev/fuse device-net-tun=/dev/net/tun
      device-vhost-vsock=/dev/vhost-vsock device-vhost-net=/dev/vhost-net
      device-loop-control=/dev/loop-control device-mapper-control=/dev/mapper/control
      device-uinput=/dev/uinput device-rtc0=/dev/rtc0 device-tpm0=/dev/tpm0
      device-tpmrm0=/dev/tpmrm0 device-tty0=/dev/tty0
      device-console=/dev/console device-serial=/dev/ttyS0 device-usb-serial=/dev/ttyUSB0
      device-gpiochip0=/dev/gpiochip0 device-i2c-1=/dev/i2c-1 device-spidev0.0=/dev/spidev0.0
      device-video0=/dev/video0 device-dri-card0=/dev/dri/card0
      device-snd-control=/dev/snd/controlC0
      brick-sda=/dev/sda brick-vda=/dev/vda brick-mmcblk0=/dev/mmcblk0
      brick-nvme0n1=/dev/nvme0n1 brick-mtd0=/dev/mtd0 brick-mtdblock0=/dev/mtdblock0
      brick-loop0=/dev/loop0 brick-ram0=/dev/ram0
      """;

  /** Kinds of namespace that it makes. */
  private static final String NAMESPACES =
      """
      unshare-user=user unshare-user-net=user,net clone-user=user
      nested-tmpfs=user,mnt,pid nested-pivot-root=user,mnt,pid nested-exec=user,mnt,pid
      nested-proc=user,mnt,pid
      """;

  /** Opened for reading only. */
  private static final String READ_DEVICES =
      """
      device-input-event0=/dev/input/event0 device-hwrng=/dev/hwrng
      """;

  /**
   * With the calls that {@code systemCalls.allow} may name, where nothing but them is missing, and
   * what {@code raw} names where it may open them.
   */
  private static final String UNPERMITTED =
      """
      runs-as-root no-new-privileges no-seccomp socket-ping socket-vsock=AF_VSOCK route-add socket-alg=AF_ALG
      socket-bluetooth=AF_BLUETOOTH socket-nfc=AF_NFC socket-xdp=AF_XDP socket-tipc=AF_TIPC
      socket-kcm=AF_KCM socket-qrtr=AF_QIPCRTR systemd-private journal-socket
      resolved-varlink container-engine unshare-mount unshare-net unshare-pid unshare-uts unshare-ipc
      unshare-cgroup unshare-time clone3-user setns-own setns-init-mount setns-init-net nested-uncover
      nested-loosen nested-cgroups mount-tmpfs mount-bind mount-proc fsopen open-tree move-mount
      mount-setattr pivot-root chroot init-module finit-module delete-module kexec-load
      dmesg=CAP_SYSLOG,ProtectKernelLogs sethostname setdomainname swapon swapoff acct quotactl
      sysctl-core-pattern sysctl-modprobe sysctl-hostname sysctl-drop-caches sysctl-ip-forward
      sysrq-trigger proc-kcore proc-kallsyms=ProtectKernelTunables sys-power-state sys-gpio-export
      sys-uevent-helper debugfs tracefs securityfs bpffs firmware cgroup-write pressure-watch
      cpu-pressure-watch io-pressure-watch
      settimeofday=CAP_SYS_TIME adjtimex=CAP_SYS_TIME clock-settime=CAP_SYS_TIME clock-adjtime=CAP_SYS_TIME
      wake-alarm=CAP_WAKE_ALARM proc-init-environ proc-init-mem proc-init-root ptrace-init vm-read-init
      kill-init map-exec-shm personality-read-exec=LockPersonality personality-no-random=LockPersonality
      exec-shm exec-run setuid-root setgid-root setgroups exec-setuid chmod-setuid fchmod-setuid
      fchmodat2-setuid open-setuid mknod-setuid mkdir-setgid nice-minus-20
      ioprio-realtime core-dumps raise-nofile write-root write-etc write-usr write-usr-bin
      write-var-lib write-boot write-root-home write-run write-dev write-unit write-runtime-unit
      write-cron read-shadow read-root-home read-home=ProtectHome read-journal read-other-state
      read-other-cache read-other-logs read-credentials device-hugepages mknod-block-tmp mknod-block-dev
      bpf=bpf perf-all userfaultfd=userfaultfd fanotify=fanotify_init name-to-handle=name_to_handle_at
      open-by-handle vhangup sysfs-call=sysfs uselib=uselib nfsservctl=nfsservctl sysctl-call=_sysctl
      modify-ldt=modify_ldt ioperm iopl socket-int80 socket-x32 brick-root-disk brick-rm-etc brick-rm-usr
      brick-rm-var-lib brick-rm-boot brick-rm-home brick-rm-opt brick-nft-flush brick-iptables-flush
      brick-route-flush brick-link-down brick-tcp-timestamps brick-threads-max brick-reboot
      """;

  private ProbeTable() {}

  /** Every attempt, by id, where packets go to these addresses. */
  static SortedMap<String, AttemptOpening> of(ProbeTargets targets) {
    var table = new TreeMap<String, AttemptOpening>();
    put(table, CONTROLS, Control::new);
    put(table, HARMLESS, _ -> new Harmless());
    put(table, FAMILIES, families -> new Family(families.getFirst()));
    put(table, RAW, families -> new RawSocket(families.getFirst()));
    put(table, "ambient-raise", _ -> new RawRight());
    put(table, "socket-mark", _ -> new Mark());
    put(table, PORTS, ports -> bind(ports.getFirst()));
    put(table, PRIVILEGES, _ -> new Privilege());
    put(table, CALLS, calls -> new Call(calls.getFirst()));
    put(table, CODE, _ -> new WritableCode());
    put(table, "sched-fifo sched-rr sched-setattr-fifo", _ -> new Realtime());
    put(table, "map-locked shm-lock", _ -> new LockedMemory());
    put(table, DATA, _ -> new ExecutableData());
    for (AppDirectory directory : AppDirectory.values()) {
      put(table, "write-" + directory.permission().key(), _ -> new OwnDirectory(directory));
    }
    put(table, SYSTEM_INFO, _ -> new SystemInfo());
    put(table, "dbus-system", _ -> new SystemBus());
    put(table, "agent-socket", _ -> new AgentSocket());
    put(table, "see-processes", _ -> new OtherProcesses());
    put(table, DEVICES, paths -> new Device(paths.getFirst(), true));
    put(table, READ_DEVICES, paths -> new Device(paths.getFirst(), false));
    put(table, NAMESPACES, Nested::new);
    put(table, UNPERMITTED, Unpermitted::new);
    put(table, "io-uring-connect", _ -> new RingReach(targets.internet4() + "/32"));
    put(table, "io-uring-bind", _ -> new RingBind(bind("tcp:8088")));
    put(table, "raw-icmp-send", _ -> new RawReach(new Reach(INET, targets.internet4() + "/32")));
    reach(table, INET, targets.internet4() + "/32", "tcp4-out mptcp-out tcp-fastopen-out udp4-out");
    reach(table, INET6, targets.internet4() + "/32", "tcp4-mapped-out");
    reach(table, INET6, targets.internet6() + "/128", "tcp6-out udp6-out");
    reach(table, INET, targets.local4() + "/32", "lan-tcp4 lan-udp4 brick-telnet");
    reach(table, INET6, targets.local6() + "/128", "lan-tcp6");
    reach(table, INET, "224.0.0.251/32", "lan-multicast");
    reach(table, INET, "127.0.0.1/32", "loopback-tcp4");
    return Collections.unmodifiableSortedMap(table);
  }

  private static void reach(
      SortedMap<String, AttemptOpening> table, String family, String address, String ids) {
    put(table, ids, _ -> new Reach(family, address));
  }

  private static void put(
      SortedMap<String, AttemptOpening> table,
      String words,
      Function<List<String>, AttemptOpening> opening) {
    for (String word : words.split("\\s+")) {
      int equals = word.indexOf('=');
      String id = equals < 0 ? word : word.substring(0, equals);
      List<String> things =
          equals < 0 ? List.of() : Arrays.asList(word.substring(equals + 1).split(","));
      if (table.put(id, opening.apply(things)) != null) {
        throw new IllegalStateException("listed twice: " + id);
      }
    }
  }

  /** The permissions that open it, each alone; none if no permission does. */
  static SortedSet<Permission> permissions(Permitted opening) {
    var permissions = new TreeSet<Permission>();
    if (opening instanceof RawSocket || opening instanceof RawReach || opening instanceof Mark) {
      // Beside a network, which has permissions of its own.
      permissions.add(Permission.RAW_NETWORK);
      return permissions;
    }
    for (Permission permission : Permission.values()) {
      if (sample(permission, opening)
          .filter(value -> opens(permission, value, opening))
          .isPresent()) {
        permissions.add(permission);
      }
    }
    if (permissions.size() > 1) {
      // Narrows another one; it is named where it alone opens something.
      permissions.remove(Permission.INTERNET_TO);
    }
    return permissions;
  }

  private static boolean opens(Permission permission, Value value, Permitted opening) {
    Sandbox granted = PermissionCatalog.grant(permission, value);
    return opening.isOpenIn(granted);
  }

  /** What somebody would ask for to have it opened; empty if there is nothing of that shape. */
  private static Optional<Value> sample(Permission permission, Permitted opening) {
    return switch (permission.shape()) {
      case DIRECTORY -> Optional.of(new Value.Granted());
      // The socket that these open is for the bus alone, or for the agent.
      case TOGGLE ->
          (permission != Permission.BLUETOOTH || opening instanceof SystemBus)
                  && (BrokeredVerb.of(permission).isEmpty() || opening instanceof AgentSocket)
              ? Optional.of(new Value.Granted())
              : Optional.empty();
      case DESTINATIONS ->
          opening instanceof Reach(_, var address)
              ? Cidr.parse(address)
                  .map(cidr -> new Value.Destinations(List.of(new Destination.Prefix(cidr))))
              : Optional.empty();
      case PORTS -> Optional.of(new Value.Ports(List.of(port(opening))));
      case DEVICES ->
          opening instanceof Device(var path, _) && isFor(permission, path)
              ? Optional.of(new Value.Devices(List.of(new DeviceNode(path, true))))
              : Optional.empty();
      case BUS_NAMES ->
          opening instanceof SystemBus
              ? Optional.of(new Value.BusNames(List.of(BusName.BLUEZ), List.of()))
              : Optional.empty();
      case UNITS ->
          opening instanceof AgentSocket
              ? Optional.of(new Value.Units(List.of(new UnitName("a.service"))))
              : Optional.empty();
      case NAMESPACE, VOLUMES, APPS, SETTINGS, MODULES -> Optional.empty();
    };
  }

  /** Serial lines have a permission of their own. */
  private static boolean isFor(Permission permission, String path) {
    boolean line = path.startsWith("/dev/ttyS") || path.startsWith("/dev/ttyUSB");
    return permission == (line ? Permission.SERIAL : Permission.DEVICES);
  }

  private static Bind bind(String port) {
    int colon = port.indexOf(':');
    Port.Protocol protocol = port.startsWith("tcp") ? Port.Protocol.TCP : Port.Protocol.UDP;
    return new Bind(protocol, Integer.parseInt(port.substring(colon + 1)));
  }

  private static Port port(Permitted opening) {
    return switch (opening) {
      case Bind(var protocol, var number) -> new Port("probed", number, protocol);
      case Privilege() -> new Port("probed", 80, Port.Protocol.TCP);
      case RingBind(var bound) -> new Port("probed", bound.number(), bound.protocol());
      case Reach _,
          RingReach _,
          RawSocket _,
          Mark _,
          RawReach _,
          RawRight _,
          Family _,
          Call _,
          Realtime _,
          LockedMemory _,
          WritableCode _,
          ExecutableData _,
          OwnDirectory _,
          SystemInfo _,
          SystemBus _,
          AgentSocket _,
          OtherProcesses _,
          Nested _,
          Device _ ->
          new Port("probed", 8080, Port.Protocol.TCP);
    };
  }
}
