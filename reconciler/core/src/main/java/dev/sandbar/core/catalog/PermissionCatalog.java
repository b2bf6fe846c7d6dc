package dev.sandbar.core.catalog;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** The one table of permissions: what each opens, and what withholding it closes. */
public final class PermissionCatalog {

  private static final String LIMITED =
      "%s: {quota: 100M} limits how much it may hold, where the file system has project quotas and"
          + " systemd is 258 or newer.";

  private static final List<Entry> ROWS =
      List.of(
          new Entry(
              Permission.INTERNET,
              "Internet access",
              "Open connections to public addresses, and resolve names as the device does.",
              "No IPv4, IPv6, raw, packet or vsock sockets, none through io_uring, and no"
                  + " privileged ports.",
              Grant.reach(AddressSpace.PUBLIC.join(AddressSpace.DNS_STUB)),
              Ceiling.noNetwork(),
              "Every port of a name server on the local network is reached, and those of 127.0.0.53"
                  + " from a boot until the agent runs; network: Own or a networkNamespace closes"
                  + " both."),
          new Entry(
              Permission.INTERNET_TO,
              "Selected destinations",
              "Narrow internet to exactly these address prefixes, and to the addresses of these"
                  + " hosts; with ports, and network: Own, to these ports of them.",
              "No destinations at all.",
              Sandbox.CLOSED,
              Ceiling.noNetwork(),
              "The kernel filters addresses: what else is served at an address of a host is reached"
                  + " too. With a host the name servers are reached as with internet."),
          new Entry(
              Permission.LOCAL_NETWORK,
              "The local network",
              "Exchange packets with private, link-local, unique local and multicast addresses.",
              "No packets to or from machines on the local network.",
              Grant.reach(AddressSpace.LOCAL),
              Ceiling.onlyAddresses(AddressSpace.LOCAL.complement())),
          new Entry(
              Permission.PORTS,
              "Listening ports",
              "Bind these ports or ranges, for clients that internet and localNetwork allow, or"
                  + " with from for fewer; port 0 is one that the kernel picks. Via Socket: accept"
                  + " clients on them, without a network.",
              "No binding of ports and no listening sockets.",
              Sandbox.CLOSED,
              Ceiling.noPorts(),
              "An app with a port below 1024 keeps CAP_NET_BIND_SERVICE and stays in the device's"
                  + " user namespace; one with port 0 may bind every port from 1024 up."),
          new Entry(
              Permission.NETWORK_NAMESPACE,
              "A network namespace",
              "Run in the namespace created with ip netns add NAME. It sets where the app"
                  + " runs, not what it may reach there: internet, localNetwork and ports set"
                  + " that.",
              "No other network namespace can be entered or created.",
              Ceiling.noNamespaces()),
          new Entry(
              Permission.STATE,
              "Persistent state",
              "Write to a private directory that persists across restarts and updates"
                  + " ($STATE_DIRECTORY).",
              "Nothing that the app writes outlives it: the file system is read-only.",
              Grant.directory(AppDirectory.STATE),
              Ceiling.noDirectory(AppDirectory.STATE),
              LIMITED.formatted("state")),
          new Entry(
              Permission.CACHE,
              "Cache",
              "Write to a private directory for what can be made again ($CACHE_DIRECTORY); it"
                  + " persists as state does.",
              "No directory of its own in /var/cache.",
              Grant.directory(AppDirectory.CACHE),
              Ceiling.noDirectory(AppDirectory.CACHE),
              LIMITED.formatted("cache")),
          new Entry(
              Permission.LOGS,
              "Log files",
              "Write log files to a private directory ($LOGS_DIRECTORY); it persists as state does,"
                  + " and nothing rotates the files.",
              "No directory of its own in /var/log; the journal has what it prints.",
              Grant.directory(AppDirectory.LOGS),
              Ceiling.noDirectory(AppDirectory.LOGS),
              LIMITED.formatted("logs")),
          new Entry(
              Permission.STORAGE,
              "Shared volumes",
              "Mount named volumes of the device at chosen paths, read-only or writable.",
              "No volumes of the device.",
              Ceiling.noVolumes()),
          new Entry(
              Permission.SERIAL,
              "Serial lines",
              "Read and write these serial lines, each named by its node, or by the vendor, product"
                  + " and serial number of its USB adapter.",
              "No hardware devices.",
              Ceiling.noDevices()),
          new Entry(
              Permission.USB,
              "USB devices",
              "Use these USB devices through libusb, in place of a driver of the kernel.",
              "No hardware devices.",
              Sandbox.CLOSED,
              Ceiling.noDevices(),
              "Any device can claim a vendor, a product and a serial number. Storage and hubs are"
                  + " never opened; the list of all USB devices can be read."),
          new Entry(
              Permission.DEVICES,
              "Device nodes",
              "Use these device nodes, read-only or read-write.",
              "No hardware devices.",
              Ceiling.noDevices()),
          new Entry(
              Permission.CAN_BUS,
              "CAN buses",
              "Send and receive frames on every CAN interface of the device.",
              "No CAN sockets, and no CAN frames sent without one.",
              Grant.canBus(),
              Ceiling.noCanBus()),
          new Entry(
              Permission.RAW_NETWORK,
              "Raw packets",
              "Send and capture packets of any protocol in a network of the app's own (network:"
                  + " Own), to the addresses that internet, internetTo and localNetwork open and"
                  + " from its own alone, as ping, traceroute and tcpdump do.",
              "No packet sockets, and no raw sockets.",
              Grant.rawNetwork(),
              Ceiling.noRawNetwork(),
              "The app keeps CAP_NET_RAW and stays in the device's user namespace. It sees every"
                  + " packet that arrives at its interface, those that the IP filter refuses too."),
          new Entry(
              Permission.NETWORK_STATUS,
              "Network status",
              "Read and watch the links, addresses and routes of the device, or of the"
                  + " networkNamespace, and change none.",
              "No netlink sockets.",
              Grant.networkStatus(),
              Ceiling.noNetworkStatus(),
              "Netlink also shows the connections of others there and the device events of the"
                  + " kernel."),
          new Entry(
              Permission.JIT,
              "Code generated at run time",
              "Make written memory executable, as Java, Node.js and .NET do.",
              "No memory both writable and executable, no written memory made executable,"
                  + " and no anonymous executable files.",
              Grant.jit(),
              Ceiling.noJit()),
          new Entry(
              Permission.RUN_FROM_DATA,
              "Programs in data",
              "Execute programs that it wrote to its state, to /tmp or to memory, as updaters and"
                  + " plug-ins do; memory is still never both writable and executable.",
              "No execution of files that it wrote.",
              Grant.runFromData(),
              Ceiling.noExecutableData(),
              "A script can be given to an interpreter without it."),
          new Entry(
              Permission.SYSTEM_INFO,
              "System information",
              "Read what /proc says of the whole device: processors, memory, load, disks and"
                  + " interrupts, as monitoring does.",
              "Nothing in /proc but processes.",
              Grant.systemInfo(),
              Ceiling.noSystemInfo(),
              "The kernel's command line, its list of modules and its settings can be read too."),
          new Entry(
              Permission.KEYRING,
              "Kernel keyring",
              "Keep keys in the kernel, in a session keyring of its own.",
              "No keys added, found or requested.",
              Grant.keyring(),
              Ceiling.noKeyring()),
          new Entry(
              Permission.SCHEDULING,
              "Scheduling",
              "Choose processors, priorities, disk priorities and memory nodes for itself, up to"
                  + " what any user may; never real-time.",
              "No change of processors, priorities or memory nodes.",
              Grant.scheduling(),
              Ceiling.noScheduling()),
          new Entry(
              Permission.REALTIME,
              "Real-time scheduling",
              "Run its processes before all ordinary ones (SCHED_FIFO, SCHED_RR), with a priority"
                  + " up to 49.",
              "No real-time scheduling.",
              Grant.realtime(),
              Ceiling.noRealtime(),
              "A process that never waits leaves one processor to others for a twentieth of the"
                  + " time only, as the kernel is set by default."),
          new Entry(
              Permission.LOCK_MEMORY,
              "Locked memory",
              "Keep memory from being swapped out, up to LimitMEMLOCK in directives, which is 8 MiB"
                  + " on most devices.",
              "No locked memory.",
              Grant.lockMemory(),
              Ceiling.noLockedMemory()),
          new Entry(
              Permission.DEBUG,
              "Debugging",
              "Trace the app's own processes, read and write their memory, take their descriptors"
                  + " and count their events, as debuggers and profilers do.",
              "No tracing, and no calls that reach into another process.",
              Grant.debug(),
              Ceiling.noDebug(),
              "The interfaces that it opens are large, and kernel exploits have begun there."),
          new Entry(
              Permission.OTHER_APPS,
              "Other processes",
              "See the processes of other apps and of the device in /proc, and touch none; ps and"
                  + " top need systemInfo too.",
              "No processes of others in /proc.",
              Grant.otherApps(),
              Ceiling.noOtherApps(),
              "Command lines are shown whole, with any secret that somebody gives there."),
          new Entry(
              Permission.NESTED_SANDBOX,
              "A sandbox inside",
              "Make user, mount, process, network, IPC and host name namespaces of its own, and"
                  + " mount in them, as bubblewrap, browsers and build tools do.",
              "No namespaces and no mounts.",
              Grant.nestedSandbox(),
              Ceiling.noNestedSandbox(),
              "There it executes what it writes, and a /proc that it mounts shows what systemInfo"
                  + " does; much of the kernel is in its reach."),
          new Entry(
              Permission.ASYNC_IO,
              "Asynchronous I/O",
              "Use io_uring, in a network of the app's own (network: Own) or without a network.",
              "No io_uring.",
              Grant.asyncIo(),
              Ceiling.noAsyncIo(),
              "By it an app makes sockets of every family, of which no network of its own holds"
                  + " vsock, and files that run as their owner; kernel exploits have begun"
                  + " there."));

  private static final Map<Permission, Entry> TABLE = table();

  private PermissionCatalog() {}

  /**
   * One permission.
   *
   * @param title two or three words
   * @param opens what an app with it can do, one sentence
   * @param withheld what an app without it cannot do, one sentence
   * @param grants what {@code true} opens; nothing where that is no value of the permission
   * @param closes what is taken from an app in open mode that has it withheld by name
   * @param limit what an app with it reaches beyond that, one sentence; empty if nothing
   */
  public record Entry(
      Permission permission,
      String title,
      String opens,
      String withheld,
      Sandbox grants,
      Sandbox closes,
      String limit) {
    Entry(
        Permission permission,
        String title,
        String opens,
        String withheld,
        Sandbox grants,
        Sandbox closes) {
      this(permission, title, opens, withheld, grants, closes, "");
    }

    Entry(Permission permission, String title, String opens, String withheld, Sandbox closes) {
      this(permission, title, opens, withheld, Sandbox.CLOSED, closes);
    }
  }

  /** The entry of a permission. */
  public static Entry entry(Permission permission) {
    Entry entry = TABLE.get(permission);
    if (entry == null) {
      throw new AssertionError("every permission has an entry: " + permission);
    }
    return entry;
  }

  /** All entries in the order of {@link Permission}. */
  public static SequencedMap<Permission, Entry> all() {
    var all = new LinkedHashMap<Permission, Entry>();
    for (Permission permission : Permission.values()) {
      all.put(permission, entry(permission));
    }
    return Collections.unmodifiableSequencedMap(all);
  }

  /** The widest point at which an app does not have the permission, whatever else it has. */
  public static Sandbox without(Permission permission) {
    // Not to have one leaves what comes with another too.
    if (permission == Permission.INTERNET) {
      return Ceiling.onlyAddresses(AddressSpace.PUBLIC.complement());
    }
    if (permission == Permission.JIT) {
      return Ceiling.noWritableCode();
    }
    if (Hardware.permissions().contains(permission)) {
      return Ceiling.withoutDevices(entry(permission).grants().files().devices());
    }
    if (permission == Permission.DBUS) {
      return Ceiling.onlyBluetooth();
    }
    if (permission == Permission.NESTED_SANDBOX) {
      return Ceiling.withoutNestedSandbox();
    }
    if (permission == Permission.RUN_FROM_DATA) {
      return Ceiling.noOwnPrograms();
    }
    return permission == Permission.SCHEDULING
        ? Ceiling.withoutScheduling()
        : entry(permission).closes();
  }

  /** What the value opens; nothing if it withholds. */
  public static Sandbox grant(Permission permission, Value value) {
    return switch (value) {
      case Value.Withheld() -> Sandbox.CLOSED;
      case Value.Granted(), Value.Limited(_), Value.Units(_) -> entry(permission).grants();
      case Value.Destinations(var destinations) ->
          Grant.reach(AddressSet.of(HostAddresses.prefixes(destinations).toList()));
      case Value.Ports(var ports) -> Grant.ports(ports);
      case Value.Devices(var nodes) -> Grant.devices(nodes);
      case Value.Volumes(var mounts) -> Grant.volumes(mounts);
      // The app itself gets nothing: systemd sets and loads them for the device.
      case Value.Settings(_), Value.Modules(_) -> Sandbox.CLOSED;
      case Value.Namespace(var name) -> Grant.namespace(name);
      case Value.Apps(var names) ->
          permission == Permission.TALK_TO ? Grant.talkTo(names) : Grant.acceptFrom(names);
      // Who is a service has all that it opens.
      case Value.BusNames(var talk, var own) ->
          Grant.services(Stream.concat(talk.stream(), own.stream()).toList());
    };
  }

  /**
   * Permissions with which the permission's example makes a whole: what it stands on, and itself.
   */
  public static Permissions sample(Permission permission) {
    Request request = new Request(SampleValues.of(permission), Location.NOWHERE);
    return foundation(permission).with(Map.of(permission, request));
  }

  /** What the permission needs beside it: {@code internet} for {@code ports}, for example. */
  public static Permissions foundation(Permission permission) {
    return switch (permission.shape()) {
      case DESTINATIONS, PORTS -> sample(Permission.INTERNET);
      case TOGGLE,
          DIRECTORY,
          NAMESPACE,
          VOLUMES,
          DEVICES,
          APPS,
          BUS_NAMES,
          SETTINGS,
          MODULES,
          UNITS ->
          Permissions.NONE;
    };
  }

  private static Map<Permission, Entry> table() {
    var table = new EnumMap<Permission, Entry>(Permission.class);
    ROWS.forEach(row -> table.put(row.permission(), row));
    HardwareRows.ALL.forEach(row -> table.put(row.permission(), row));
    SocketEntries.ROWS.forEach(row -> table.put(row.permission(), row));
    KernelEntries.ROWS.forEach(row -> table.put(row.permission(), row));
    BrokerEntries.ROWS.forEach(row -> table.put(row.permission(), row));
    return table;
  }
}
