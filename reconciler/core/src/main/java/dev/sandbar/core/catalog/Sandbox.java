package dev.sandbar.core.catalog;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.PortRange;

/**
 * How open an app is on every dimension that a permission can move: one point of a product lattice.
 *
 * @param unconfined whether everything that no permission can open is open, as in a plain unit:
 *     identity, kernel settings, clock and the like
 */
public record Sandbox(
    Network network, Kernel kernel, Files files, Proc proc, Peers peers, boolean unconfined)
    implements Lattice<Sandbox> {

  /** Nothing is open: where {@code mode: Closed} begins. */
  public static final Sandbox CLOSED =
      new Sandbox(Network.CLOSED, Kernel.CLOSED, Files.CLOSED, Proc.CLOSED, Peers.CLOSED, false);

  /** Everything is open: what a ceiling is cut from. */
  public static final Sandbox TOP =
      new Sandbox(Network.TOP, Kernel.OPEN, Files.TOP, Proc.OPEN, Peers.TOP, true);

  /** A plain systemd service: where {@code mode: Open} begins. */
  public static final Sandbox OPEN =
      new Sandbox(Network.OPEN, Kernel.OPEN, Files.OPEN, Proc.OPEN, Peers.TOP, true);

  @Override
  public Sandbox join(Sandbox other) {
    return new Sandbox(
        join(network, other.network, Network.CLOSED),
        join(kernel, other.kernel, Kernel.CLOSED),
        join(files, other.files, Files.CLOSED),
        join(proc, other.proc, Proc.CLOSED),
        join(peers, other.peers, Peers.CLOSED),
        unconfined || other.unconfined);
  }

  @Override
  public Sandbox meet(Sandbox other) {
    return new Sandbox(
        meet(network, other.network, Network.TOP),
        meet(kernel, other.kernel, Kernel.OPEN),
        meet(files, other.files, Files.TOP),
        meet(proc, other.proc, Proc.OPEN),
        meet(peers, other.peers, Peers.TOP),
        unconfined && other.unconfined);
  }

  /** Most permissions move one part and leave the others as they are. */
  private static <L extends Lattice<L>> L join(L one, L other, L closed) {
    return other == closed ? one : one == closed ? other : one.join(other);
  }

  private static <L extends Lattice<L>> L meet(L one, L other, L top) {
    return other == top ? one : one == top ? other : one.meet(other);
  }

  /** Whether everything that is open in the other is open here. */
  public boolean includes(Sandbox other) {
    return join(other).equals(this);
  }

  /** This with another network part. */
  public Sandbox with(Network other) {
    return new Sandbox(other, kernel, files, proc, peers, unconfined);
  }

  /** This with another kernel part. */
  public Sandbox with(Kernel other) {
    return new Sandbox(network, other, files, proc, peers, unconfined);
  }

  /** This with another file part. */
  public Sandbox with(Files other) {
    return new Sandbox(network, kernel, other, proc, peers, unconfined);
  }

  /** This with another part of what /proc shows. */
  public Sandbox with(Proc other) {
    return new Sandbox(network, kernel, files, other, peers, unconfined);
  }

  /** This with other peers. */
  public Sandbox with(Peers other) {
    return new Sandbox(network, kernel, files, proc, other, unconfined);
  }

  /**
   * The network.
   *
   * @param host whether the app is in the device's own network namespace
   * @param joined names of namespaces to be in instead; more than one is a conflict
   * @param families address families of sockets, {@code AF_INET} and so on
   * @param addresses that packets may go to and come from
   * @param binds ports to bind
   */
  public record Network(
      boolean host,
      Extent<String> joined,
      Extent<String> families,
      AddressSet addresses,
      Extent<PortRange> binds)
      implements Lattice<Network> {

    static final Network CLOSED =
        new Network(false, Extent.none(), Extent.none(), AddressSet.NONE, Extent.none());
    static final Network OPEN =
        new Network(true, Extent.none(), Extent.all(), AddressSet.ALL, Extent.all());
    static final Network TOP =
        new Network(true, Extent.all(), Extent.all(), AddressSet.ALL, Extent.all());

    /** This with other addresses. */
    public Network with(AddressSet others) {
      return new Network(host, joined, families, others, binds);
    }

    @Override
    public Network join(Network other) {
      return new Network(
          host || other.host,
          joined.join(other.joined),
          families.join(other.families),
          addresses.join(other.addresses),
          binds.join(other.binds));
    }

    @Override
    public Network meet(Network other) {
      return new Network(
          host && other.host,
          joined.meet(other.joined),
          families.meet(other.families),
          addresses.meet(other.addresses),
          binds.meet(other.binds));
    }
  }

  /**
   * The kernel's interface.
   *
   * @param calls which of the system calls that the closed default takes away are there, by name or
   *     by group
   * @param capabilities of the bounding set
   * @param namespaces kinds that the app may make or enter, {@code user}, {@code net} and so on
   * @param foreignCalls whether calls of other architectures (32-bit, x32) are there; filters on
   *     sockets do not reach all of them
   * @param writableCode whether memory can be written and executed
   * @param realtime whether processes can be scheduled before all ordinary ones (sched(7))
   * @param lockedMemory whether processes can keep memory from being swapped out (mlock(2))
   */
  public record Kernel(
      Extent<String> calls,
      Extent<String> capabilities,
      Extent<String> namespaces,
      boolean foreignCalls,
      boolean writableCode,
      boolean realtime,
      boolean lockedMemory)
      implements Lattice<Kernel> {

    /** This without these calls. */
    public Kernel withoutCalls(Extent<String> others) {
      return new Kernel(
          calls.meet(Extent.allBut(others.items())),
          capabilities,
          namespaces,
          foreignCalls,
          writableCode,
          realtime,
          lockedMemory);
    }

    /** This with other namespaces of its own. */
    public Kernel with(Extent<String> others) {
      return new Kernel(
          calls, capabilities, others, foreignCalls, writableCode, realtime, lockedMemory);
    }

    /** Whether the app has one: then they are those of the device, and not of a user namespace. */
    public boolean isPrivileged() {
      return !capabilities.isNone();
    }

    /** Whether all that its capabilities can do is to bind ports. */
    public boolean isHarmless() {
      return Extent.only(Ceiling.BIND_CAPABILITY).includes(capabilities);
    }

    static final Kernel CLOSED =
        new Kernel(Extent.none(), Extent.none(), Extent.none(), false, false, false, false);
    static final Kernel OPEN =
        new Kernel(Extent.all(), Extent.all(), Extent.all(), true, true, true, true);

    @Override
    public Kernel join(Kernel other) {
      return new Kernel(
          calls.join(other.calls),
          capabilities.join(other.capabilities),
          namespaces.join(other.namespaces),
          foreignCalls || other.foreignCalls,
          writableCode || other.writableCode,
          realtime || other.realtime,
          lockedMemory || other.lockedMemory);
    }

    @Override
    public Kernel meet(Kernel other) {
      return new Kernel(
          calls.meet(other.calls),
          capabilities.meet(other.capabilities),
          namespaces.meet(other.namespaces),
          foreignCalls && other.foreignCalls,
          writableCode && other.writableCode,
          realtime && other.realtime,
          lockedMemory && other.lockedMemory);
    }
  }

  /**
   * Files and devices.
   *
   * @param directories of the app's own that outlive it
   * @param hostWritable whether the device's file system is writable at all
   * @param hostVolumes whether the device's named volumes are visible at their own places
   * @param executableData whether the app can execute what it writes to its state and to /tmp
   * @param mounts volumes at places in the app's file system
   * @param devices nodes by access: {@code r /dev/ttyUSB0}, {@code w /dev/ttyUSB0}
   */
  public record Files(
      Extent<AppDirectory> directories,
      boolean hostWritable,
      boolean hostVolumes,
      boolean executableData,
      Extent<Mount> mounts,
      Extent<String> devices)
      implements Lattice<Files> {

    static final Files CLOSED =
        new Files(Extent.none(), false, false, false, Extent.none(), Extent.none());
    static final Files OPEN =
        new Files(Extent.none(), true, true, true, Extent.none(), Extent.all());
    static final Files TOP = new Files(Extent.all(), true, true, true, Extent.all(), Extent.all());

    @Override
    public Files join(Files other) {
      return new Files(
          directories.join(other.directories),
          hostWritable || other.hostWritable,
          hostVolumes || other.hostVolumes,
          executableData || other.executableData,
          mounts.join(other.mounts),
          devices.join(other.devices));
    }

    @Override
    public Files meet(Files other) {
      return new Files(
          directories.meet(other.directories),
          hostWritable && other.hostWritable,
          hostVolumes && other.hostVolumes,
          executableData && other.executableData,
          mounts.meet(other.mounts),
          devices.meet(other.devices));
    }
  }

  /**
   * What {@code /proc} shows beside the app's own processes (proc(5)).
   *
   * @param system the files about the whole device, {@code /proc/meminfo} and so on
   * @param others the processes of others
   */
  public record Proc(boolean system, boolean others) implements Lattice<Proc> {

    static final Proc CLOSED = new Proc(false, false);
    static final Proc OPEN = new Proc(true, true);

    @Override
    public Proc join(Proc other) {
      return new Proc(system || other.system, others || other.others);
    }

    @Override
    public Proc meet(Proc other) {
      return new Proc(system && other.system, others && other.others);
    }
  }

  /**
   * Other apps of the device, by Unix sockets.
   *
   * @param servers whose sockets it sees, where they let it
   * @param clients that see its sockets, where they ask for it
   * @param services on the system bus that it calls
   * @param verbs that the agent does for it
   */
  public record Peers(
      Extent<AppName> servers,
      Extent<AppName> clients,
      Extent<BusName> services,
      Extent<BrokeredVerb> verbs)
      implements Lattice<Peers> {

    static final Peers CLOSED =
        new Peers(Extent.none(), Extent.none(), Extent.none(), Extent.none());
    static final Peers TOP = new Peers(Extent.all(), Extent.all(), Extent.all(), Extent.all());

    @Override
    public Peers join(Peers other) {
      return new Peers(
          servers.join(other.servers),
          clients.join(other.clients),
          services.join(other.services),
          verbs.join(other.verbs));
    }

    @Override
    public Peers meet(Peers other) {
      return new Peers(
          servers.meet(other.servers),
          clients.meet(other.clients),
          services.meet(other.services),
          verbs.meet(other.verbs));
    }
  }
}
