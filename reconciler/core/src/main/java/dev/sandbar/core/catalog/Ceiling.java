package dev.sandbar.core.catalog;

import static dev.sandbar.core.catalog.CallNames.DEBUG;
import static dev.sandbar.core.catalog.CallNames.IO_URING;
import static dev.sandbar.core.catalog.CallNames.KEYRING;
import static dev.sandbar.core.catalog.CallNames.LISTENING;
import static dev.sandbar.core.catalog.CallNames.MEMORY_LOCKS;
import static dev.sandbar.core.catalog.CallNames.MOUNTING;
import static dev.sandbar.core.catalog.CallNames.REALTIME;
import static dev.sandbar.core.catalog.CallNames.REQUEST_KEY;
import static dev.sandbar.core.catalog.CallNames.SCHEDULING;
import static dev.sandbar.core.catalog.CallNames.with;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.BusName;
import java.util.ArrayList;
import java.util.List;

/**
 * What withholding a permission by name takes from an app that has everything ({@code mode: Open}):
 * open everywhere but on what must be closed for the "no" to hold, the known ways around included.
 */
final class Ceiling {

  /**
   * Families that reach another machine, or that carry IP in another dress. Vsock is not isolated
   * by a network namespace; SMC and RDS carry TCP traffic past a filter on AF_INET.
   */
  private static final List<String> REACHING =
      List.of(
          "AF_INET",
          "AF_INET6",
          "AF_PACKET",
          "AF_RDS",
          "AF_RXRPC",
          "AF_SMC",
          "AF_TIPC",
          "AF_VSOCK",
          "AF_XDP");

  /** Families that send frames past the IP filter. */
  private static final List<String> PAST_THE_FILTER =
      List.of("AF_PACKET", "AF_RDS", "AF_SMC", "AF_TIPC", "AF_VSOCK", "AF_XDP");

  /** The capability to bind ports below 1024 (capabilities(7)). */
  static final String BIND_CAPABILITY = "CAP_NET_BIND_SERVICE";

  /** The capability to send packets past the kernel's own protocols (capabilities(7)). */
  static final String RAW_CAPABILITY = "CAP_NET_RAW";

  private static final Sandbox.Network NETWORK = Sandbox.TOP.network();
  private static final Sandbox.Kernel KERNEL = Sandbox.TOP.kernel();
  private static final Sandbox.Files FILES = Sandbox.TOP.files();

  private Ceiling() {}

  /**
   * No socket that reaches anything, so the local network is withheld with the internet. What
   * {@code localNetwork: true} or {@code ports} name beside it is joined afterwards.
   */
  static Sandbox noNetwork() {
    return Sandbox.TOP
        .with(
            new Sandbox.Network(
                false, NETWORK.joined(), Extent.allBut(REACHING), AddressSet.NONE, Extent.none()))
        .with(
            kernel(
                with(IO_URING, List.of(REQUEST_KEY)),
                List.of("CAP_NET_ADMIN", BIND_CAPABILITY, RAW_CAPABILITY),
                "net"));
  }

  static Sandbox onlyAddresses(AddressSet addresses) {
    return Sandbox.TOP
        .with(
            new Sandbox.Network(
                true, NETWORK.joined(), Extent.allBut(PAST_THE_FILTER), addresses, Extent.all()))
        .with(kernel(IO_URING, List.of("CAP_NET_ADMIN", RAW_CAPABILITY), "net"));
  }

  static Sandbox noPorts() {
    return Sandbox.TOP
        .with(
            new Sandbox.Network(
                true, NETWORK.joined(), Extent.all(), AddressSet.ALL, Extent.none()))
        .with(kernel(LISTENING, List.of(BIND_CAPABILITY), "net"));
  }

  static Sandbox noNamespaces() {
    return Sandbox.TOP.with(kernel(List.of(), List.of(), "net"));
  }

  /** Who may write anywhere may write there. */
  static Sandbox noDirectory(AppDirectory directory) {
    return Sandbox.TOP.with(
        new Sandbox.Files(
            Extent.allBut(List.of(directory)), false, true, true, FILES.mounts(), FILES.devices()));
  }

  static Sandbox noVolumes() {
    return Sandbox.TOP.with(
        new Sandbox.Files(FILES.directories(), true, false, true, Extent.none(), FILES.devices()));
  }

  static Sandbox noDevices() {
    return Sandbox.TOP.with(
        new Sandbox.Files(FILES.directories(), true, true, true, FILES.mounts(), Extent.none()));
  }

  static Sandbox withoutDevices(Extent<String> nodes) {
    return Sandbox.TOP.with(
        new Sandbox.Files(
            FILES.directories(), true, true, true, FILES.mounts(), Extent.allBut(nodes.items())));
  }

  /** Packet sockets carry frames of a CAN interface too. */
  static Sandbox noCanBus() {
    return Sandbox.TOP
        .with(
            new Sandbox.Network(
                true,
                NETWORK.joined(),
                Extent.allBut("AF_CAN", "AF_PACKET"),
                AddressSet.ALL,
                Extent.all()))
        .with(
            new Sandbox.Kernel(
                Extent.allBut(IO_URING),
                Extent.allBut("CAP_NET_ADMIN", RAW_CAPABILITY),
                KERNEL.namespaces(),
                false,
                true,
                true,
                true));
  }

  /** Sockets of AF_XDP take the same capability (xsk_create() in the kernel's net/xdp/xsk.c). */
  static Sandbox noRawNetwork() {
    return Sandbox.TOP
        .with(
            new Sandbox.Network(
                true,
                NETWORK.joined(),
                Extent.allBut("AF_PACKET", "AF_XDP"),
                AddressSet.ALL,
                Extent.all()))
        .with(kernel(List.of(), List.of(RAW_CAPABILITY)));
  }

  static Sandbox noNetworkStatus() {
    return Sandbox.TOP
        .with(
            new Sandbox.Network(
                true, NETWORK.joined(), Extent.allBut("AF_NETLINK"), AddressSet.ALL, Extent.all()))
        .with(kernel(IO_URING, List.of()));
  }

  static Sandbox noUnixSockets() {
    return Sandbox.TOP
        .with(
            new Sandbox.Network(
                true, NETWORK.joined(), Extent.allBut("AF_UNIX"), AddressSet.ALL, Extent.all()))
        .with(kernel(IO_URING, List.of()));
  }

  static Sandbox noTalk() {
    return Sandbox.TOP.with(peers(Extent.none(), Extent.all(), Extent.all()));
  }

  static Sandbox noAccept() {
    return Sandbox.TOP.with(peers(Extent.all(), Extent.none(), Extent.all()));
  }

  static Sandbox noServices() {
    return Sandbox.TOP.with(peers(Extent.all(), Extent.all(), Extent.none()));
  }

  /** What the app may call that has a permission of its own. */
  static Sandbox onlyBluetooth() {
    return Sandbox.TOP.with(peers(Extent.all(), Extent.all(), Extent.only(List.of(BusName.BLUEZ))));
  }

  static Sandbox noBluetooth() {
    return Sandbox.TOP.with(
        peers(Extent.all(), Extent.all(), Extent.allBut(List.of(BusName.BLUEZ))));
  }

  /** All but what no permission can open: kernel settings among it. */
  static Sandbox confined() {
    return new Sandbox(
        Sandbox.Network.TOP,
        Sandbox.Kernel.OPEN,
        Sandbox.Files.TOP,
        Sandbox.Proc.OPEN,
        Sandbox.Peers.TOP,
        false);
  }

  static Sandbox noVerb(BrokeredVerb verb) {
    return Sandbox.TOP.with(
        new Sandbox.Peers(Extent.all(), Extent.all(), Extent.all(), Extent.allBut(List.of(verb))));
  }

  private static Sandbox.Peers peers(
      Extent<AppName> servers, Extent<AppName> clients, Extent<BusName> services) {
    return new Sandbox.Peers(servers, clients, services, Extent.all());
  }

  static Sandbox noJit() {
    return Sandbox.TOP.with(
        new Sandbox.Kernel(
            Extent.allBut("memfd_create"),
            KERNEL.capabilities(),
            KERNEL.namespaces(),
            false,
            false,
            true,
            true));
  }

  static Sandbox noWritableCode() {
    return Sandbox.TOP.with(
        new Sandbox.Kernel(
            KERNEL.calls(), KERNEL.capabilities(), KERNEL.namespaces(), true, false, true, true));
  }

  static Sandbox noExecutableData() {
    return Sandbox.TOP.with(
        new Sandbox.Files(FILES.directories(), true, true, false, FILES.mounts(), FILES.devices()));
  }

  /** In a mount namespace of its own the app mounts a file system that executes everything. */
  static Sandbox noOwnPrograms() {
    return noExecutableData().meet(withoutNestedSandbox());
  }

  static Sandbox noSystemInfo() {
    return Sandbox.TOP.with(new Sandbox.Proc(false, true)).with(ownMounts());
  }

  static Sandbox noKeyring() {
    return Sandbox.TOP.with(kernel(with(KEYRING, List.of(REQUEST_KEY)), List.of()));
  }

  /** io_uring starts kernel threads on chosen processors. */
  static Sandbox noScheduling() {
    List<String> calls = with(SCHEDULING, List.of("sched_setattr"));
    return Sandbox.TOP.with(kernel(with(calls, IO_URING), List.of()));
  }

  /** None of the calls that {@link #noRealtime} leaves to be had without scheduling. */
  static Sandbox withoutScheduling() {
    var calls = new ArrayList<>(SCHEDULING);
    calls.removeAll(REALTIME);
    calls.addAll(IO_URING);
    return Sandbox.TOP.with(kernel(calls, List.of()));
  }

  /** The policy that sched_setattr takes stands in memory, where no filter looks. */
  static Sandbox noRealtime() {
    return Sandbox.TOP.with(
        new Sandbox.Kernel(
            Extent.allBut("sched_setattr"),
            KERNEL.capabilities(),
            KERNEL.namespaces(),
            false,
            true,
            false,
            true));
  }

  /**
   * Memory is locked without these calls too, by flags of mmap(2) and shmctl(2) that stand where no
   * filter looks; the limit covers those, and a capability each passes over and raises the limit.
   */
  static Sandbox noLockedMemory() {
    return Sandbox.TOP.with(
        new Sandbox.Kernel(
            Extent.allBut(MEMORY_LOCKS),
            Extent.allBut("CAP_IPC_LOCK", "CAP_SYS_RESOURCE"),
            KERNEL.namespaces(),
            false,
            true,
            true,
            false));
  }

  /**
   * BPF programs read the memory of processes too; {@code /proc/PID/mem} takes the right to trace.
   */
  static Sandbox noDebug() {
    return Sandbox.TOP.with(kernel(with(DEBUG, List.of("bpf")), List.of("CAP_SYS_PTRACE")));
  }

  static Sandbox noOtherApps() {
    return Sandbox.TOP.with(new Sandbox.Proc(true, false));
  }

  static Sandbox noAsyncIo() {
    return Sandbox.TOP.with(kernel(IO_URING, List.of()));
  }

  /** No namespace is made or entered, and nothing is mounted. */
  static Sandbox noNestedSandbox() {
    return Sandbox.TOP.with(
        new Sandbox.Kernel(
            Extent.allBut(with(MOUNTING, List.of("pivot_root", "setns", "unshare"))),
            KERNEL.capabilities(),
            Extent.none(),
            false,
            true,
            true,
            true));
  }

  /** No namespace in which an app that has no capability may do what takes one. */
  static Sandbox withoutNestedSandbox() {
    return Sandbox.TOP.with(kernel(List.of(), List.of(), "user"));
  }

  /**
   * The app stays with the mounts that it was given: it makes none, enters no other mount
   * namespace, and does not reach one by {@code /proc/PID/root}, which takes the right to trace.
   */
  private static Sandbox.Kernel ownMounts() {
    return kernel(MOUNTING, List.of("CAP_SYS_PTRACE"), "mnt");
  }

  private static Sandbox.Kernel kernel(List<String> calls, List<String> capabilities) {
    return new Sandbox.Kernel(
        Extent.allBut(calls),
        Extent.allBut(capabilities),
        KERNEL.namespaces(),
        false,
        true,
        true,
        true);
  }

  private static Sandbox.Kernel kernel(
      List<String> calls, List<String> capabilities, String namespace) {
    return new Sandbox.Kernel(
        Extent.allBut(calls),
        Extent.allBut(capabilities),
        Extent.allBut(namespace),
        false,
        true,
        true,
        true);
  }
}
